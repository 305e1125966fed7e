-- $1 chain, $2 size, $3 root, $4 last hash and $5 frontier in hexadecimal digits, $6 key, $7 note. Another server may have
-- made the same one at the same time.
INSERT INTO platform.audit_checkpoints (organization_id, size, root, last_hash, frontier, key_id, note)
VALUES ($1::uuid, $2::bigint, decode($3, 'hex'), decode($4, 'hex'), decode($5, 'hex'), $6, $7)
ON CONFLICT (organization_id, size) DO NOTHING
