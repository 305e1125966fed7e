DELETE FROM platform.oidc_flows WHERE expires_at < now()
