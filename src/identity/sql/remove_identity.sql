-- $1 one of the acting user's.
DELETE FROM platform.user_identities WHERE id = $1::uuid RETURNING issuer
