-- $1 user, $2 the session that goes on, in the new epoch, or NULL, $3 why, $4 the new epoch.
UPDATE platform.sessions
SET epoch = CASE WHEN id = $2::uuid THEN $4::bigint ELSE epoch END,
    ended_at = CASE WHEN id = $2::uuid THEN NULL ELSE now() END,
    end_reason = CASE WHEN id = $2::uuid THEN NULL ELSE $3 END
WHERE user_id = $1::uuid AND ended_at IS NULL
