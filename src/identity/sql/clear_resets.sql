DELETE FROM platform.password_resets WHERE expires_at < now() - interval '7 days'
