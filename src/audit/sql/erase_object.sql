-- $1 chain, $2 user, $3 the address they are invited by.
UPDATE platform.audit_log
SET object_name = NULL, object_salt = NULL
WHERE organization_id = $1::uuid
  AND object_salt IS NOT NULL
  AND ((object_type = 'user' AND object_id = $2::text)
       OR (object_type IN ('user', 'invitation') AND lower(object_name) = lower($3)))
