-- $1 chain, $2 the size of the last one read, $3 how many.
SELECT c.size, encode(c.root, 'hex') AS root, encode(c.last_hash, 'hex') AS last_hash, c.note
FROM platform.audit_checkpoints AS c
WHERE c.organization_id = $1::uuid
  AND c.size > $2::bigint
ORDER BY c.size
LIMIT $3::integer
