-- $1 token. Row-level security lets people reach their own, and with members:write everybody's.
UPDATE platform.api_tokens SET revoked_at = now() WHERE id = $1::uuid AND revoked_at IS NULL RETURNING name
