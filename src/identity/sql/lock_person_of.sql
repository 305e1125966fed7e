-- $1 an address, which app.current_login holds too. As lock_person. Run as the system user.
SELECT u.id FROM platform.users AS u WHERE u.email_canonical = lower($1) AND u.kind = 'person' FOR UPDATE
