-- $1 seconds that finished jobs are kept, $2 how many at a time. What is not known is kept ten times as long: somebody
-- has to look at it.
DELETE FROM platform.jobs AS j
WHERE j.id IN (
    SELECT o.id
    FROM platform.jobs AS o
    WHERE o.finished_at < now() - make_interval(secs => $1::double precision)
      AND (o.state <> 'unknown' OR o.finished_at < now() - 10 * make_interval(secs => $1::double precision))
    ORDER BY o.finished_at
    LIMIT $2::integer
    FOR UPDATE SKIP LOCKED)
