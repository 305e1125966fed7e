-- $1 kinds that the worker can take. The next job in turn, locked: of the organization that has least under way and has
-- waited longest, and in it of the highest priority and the oldest. Whoever comes at the same time passes over it.
-- Everything is read in the order of jobs_queued_idx, so it takes no longer where a hundred thousand wait.
WITH RECURSIVE lanes AS (
    (SELECT j.lane FROM platform.jobs AS j WHERE j.state = 'queued' ORDER BY j.lane, j.priority DESC, j.run_at, j.id LIMIT 1)
    UNION ALL
    SELECT (
        SELECT j.lane
        FROM platform.jobs AS j
        WHERE j.state = 'queued' AND j.lane > l.lane
        ORDER BY j.lane, j.priority DESC, j.run_at, j.id
        LIMIT 1)
    FROM lanes AS l
    WHERE l.lane IS NOT NULL
), busy AS (
    SELECT j.lane, count(*) AS running FROM platform.jobs AS j WHERE j.state = 'running' GROUP BY j.lane
), candidates AS MATERIALIZED (
    SELECT c.id, coalesce(b.running, 0) AS running, served.at AS served_at, c.turn
    FROM lanes AS l
    LEFT JOIN busy AS b ON b.lane = l.lane
    CROSS JOIN LATERAL (SELECT max(j.started_at) AS at FROM platform.jobs AS j WHERE j.lane = l.lane) AS served
    CROSS JOIN LATERAL (
        SELECT j.id, row_number() OVER () AS turn
        FROM (
            SELECT q.id
            FROM platform.jobs AS q
            WHERE q.lane = l.lane AND q.state = 'queued' AND q.run_at <= clock_timestamp() AND q.kind = ANY ($1::text[])
            ORDER BY q.priority DESC, q.run_at, q.id
            LIMIT 8
        ) AS j
    ) AS c
    WHERE l.lane IS NOT NULL
    ORDER BY 2, 3 NULLS FIRST, 4
    LIMIT 64
)
SELECT j.id, j.organization_id
FROM candidates AS c
JOIN platform.jobs AS j ON j.id = c.id
WHERE j.state = 'queued'
ORDER BY c.running, c.served_at NULLS FIRST, c.turn
LIMIT 1
FOR UPDATE OF j SKIP LOCKED
