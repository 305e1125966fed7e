-- $1 what is counted.
DELETE FROM platform.login_failures WHERE key = $1
