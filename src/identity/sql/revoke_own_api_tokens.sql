-- $1 the acting user, without an organization: those in all of them.
UPDATE platform.api_tokens SET revoked_at = now() WHERE user_id = $1::uuid AND revoked_at IS NULL
