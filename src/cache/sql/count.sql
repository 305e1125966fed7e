-- $1 key, $2 how many, $3 length of a window in milliseconds. Counts within the window that the first one began; gives
-- the count and how many milliseconds the window still lasts. The clock is the server's, so it is the same for all.
INSERT INTO platform.rate_limits AS kept (key, window_start, count)
VALUES ($1, now(), $2::bigint)
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN kept.window_start + $3::bigint * interval '1 millisecond' <= excluded.window_start
        THEN excluded.count ELSE kept.count + excluded.count END,
    window_start = CASE WHEN kept.window_start + $3::bigint * interval '1 millisecond' <= excluded.window_start
        THEN excluded.window_start ELSE kept.window_start END
RETURNING count,
    greatest(ceil(extract(epoch FROM window_start - now()) * 1000)::bigint + $3::bigint, 1)
