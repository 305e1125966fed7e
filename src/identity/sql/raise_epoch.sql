-- $1 the acting user.
UPDATE platform.users SET session_epoch = session_epoch + 1 WHERE id = $1::uuid RETURNING session_epoch
