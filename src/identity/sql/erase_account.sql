-- $1 the acting user. The row stays, and its id: what was done by somebody who is gone must not pass for another's deed.
WITH devices AS (
    DELETE FROM platform.sessions WHERE user_id = $1::uuid
), apps AS (
    DELETE FROM platform.second_factors WHERE user_id = $1::uuid
), codes AS (
    DELETE FROM platform.recovery_codes WHERE user_id = $1::uuid
), links AS (
    DELETE FROM platform.password_resets WHERE user_id = $1::uuid
), elsewhere AS (
    DELETE FROM platform.user_identities WHERE user_id = $1::uuid
)
UPDATE platform.users
SET email = 'erased-' || id || '@invalid', display_name = '', password_hash = NULL, status = 'disabled',
    last_login_at = NULL, session_epoch = session_epoch + 1
WHERE id = $1::uuid AND kind = 'person'
RETURNING id
