-- $1 the acting user: providers that they, or somebody with their session, began to add.
DELETE FROM platform.oidc_flows WHERE linking_user_id = $1::uuid
