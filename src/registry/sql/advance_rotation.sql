-- From one state to the next, if it is still there; at the end without its secrets.
-- $1 id, $2 from, $3 to, $4 error
UPDATE platform.credential_rotations AS r
SET state = $3::text,
    error = $4::text,
    new_secret = CASE WHEN $3 IN ('revoked', 'failed') THEN NULL ELSE r.new_secret END,
    old_secret = CASE WHEN $3 IN ('revoked', 'failed') THEN NULL ELSE r.old_secret END,
    data_key_id = CASE WHEN $3 IN ('revoked', 'failed') THEN NULL ELSE r.data_key_id END,
    finished_at = CASE WHEN $3 IN ('revoked', 'failed') THEN now() END
WHERE r.id = $1::uuid AND r.state = $2::text
