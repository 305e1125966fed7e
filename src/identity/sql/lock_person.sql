-- $1 the acting user, who may be disabled. Under this lock they join and found no organization, as lock_active_user waits.
SELECT u.email FROM platform.users AS u WHERE u.id = $1::uuid AND u.kind = 'person' FOR UPDATE
