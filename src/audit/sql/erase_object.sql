-- $1 chain, $2 user.
UPDATE platform.audit_log
SET object_name = NULL, object_salt = NULL
WHERE organization_id = $1::uuid
  AND object_salt IS NOT NULL
  AND object_type = 'user'
  AND object_id = $2::text
