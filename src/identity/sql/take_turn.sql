-- $1 what is counted, $2 how many attempts are free, $3 the longest delay in seconds, $4 after how long an attempt is
-- forgotten. A row: the attempt may be made. From the free ones on the delay doubles with each, from one second.
INSERT INTO platform.login_failures AS f (key, failures)
VALUES ($1, 1)
ON CONFLICT (key) DO UPDATE
SET failures = CASE WHEN f.last_failed_at < now() - $4::interval THEN 1 ELSE f.failures + 1 END,
    last_failed_at = now(),
    locked_until = CASE
        WHEN f.last_failed_at >= now() - $4::interval AND f.failures + 1 >= $2::integer
        THEN now() + least($3::integer, 2 ^ least(f.failures + 1 - $2::integer, 20)) * interval '1 second'
    END
WHERE f.locked_until IS NULL OR f.locked_until <= now()
RETURNING failures
