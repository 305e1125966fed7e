-- $1 the acting user, $2 issuer, $3 subject, $4 hash of both.
INSERT INTO platform.user_identities (user_id, issuer, subject, subject_hash)
VALUES ($1::uuid, $2, $3, decode($4, 'hex'))
