-- $1 chain, $2 user, $3 the address they logged in with.
UPDATE platform.audit_log
SET login = NULL, address = NULL, actor_salt = NULL
WHERE organization_id = $1::uuid
  AND actor_salt IS NOT NULL
  AND (user_id = $2::uuid OR lower(login) = lower($3))
