DELETE FROM platform.login_failures WHERE last_failed_at < now() - interval '2 days'
