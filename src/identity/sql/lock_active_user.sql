-- $1 the acting user. A row: they may sign in, and nobody erases them until the transaction ends.
SELECT u.id FROM platform.users AS u
WHERE u.id = $1::uuid AND u.status = 'active' AND u.kind = 'person'
FOR NO KEY UPDATE
