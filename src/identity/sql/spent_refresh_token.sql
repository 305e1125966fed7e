-- $1 hash: whether it is spent, and whether another window did that just now: a moment ago, and the token that it got
-- has not been used either.
SELECT t.used_at IS NOT NULL,
       coalesce(clock_timestamp() - t.used_at < interval '10 seconds', false) AND EXISTS (
           SELECT FROM platform.refresh_tokens AS n
           WHERE n.session_id = t.session_id AND n.generation = t.generation + 1 AND n.used_at IS NULL)
FROM platform.refresh_tokens AS t
WHERE t.token_hash = decode($1, 'hex')
