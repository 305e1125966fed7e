-- $1 hash of the state, $2 provider, $3 who links it, or NULL.
INSERT INTO platform.oidc_flows (state_hash, provider, linking_user_id, expires_at)
VALUES (decode($1, 'hex'), $2, $3::uuid, now() + interval '10 minutes')
