-- $1 hash of the state. A row: it was not answered until now.
DELETE FROM platform.oidc_flows
WHERE state_hash = decode($1, 'hex') AND expires_at > now()
RETURNING provider, linking_user_id
