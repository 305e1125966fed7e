-- $1 the acting user, $2 hashes, separated by commas.
INSERT INTO platform.recovery_codes (user_id, code_hash)
SELECT $1::uuid, decode(h, 'hex') FROM unnest(string_to_array($2, ',')) AS h
