-- $1 organization, $2 how many days back at most. A project that was never metered begins on the day it was made. What was
-- registered on a day and is gone is not known any more, so a day without a record gets those that are still there.
WITH clock AS (
    SELECT (now() AT TIME ZONE 'UTC')::date AS today
), days AS (
    SELECT p.id AS project_id, s.moment::date AS day, s.moment::date = c.today AS is_today
    FROM clock AS c
    CROSS JOIN platform.projects AS p
    CROSS JOIN LATERAL (
        SELECT max((u.period_start AT TIME ZONE 'UTC')::date) AS day
        FROM platform.usage_records AS u
        WHERE u.project_id = p.id AND u.metric = 'databases' AND u.period_start <= now()
    ) AS last
    CROSS JOIN LATERAL generate_series(
        greatest(coalesce(last.day + 1, (p.created_at AT TIME ZONE 'UTC')::date), c.today - $2::integer)::timestamp,
        c.today::timestamp, interval '1 day') AS s (moment)
    WHERE p.organization_id = $1::uuid
    UNION
    SELECT p.id, c.today, true
    FROM clock AS c
    CROSS JOIN platform.projects AS p
    WHERE p.organization_id = $1::uuid
), measured AS (
    SELECT s.project_id, s.day, 'databases' AS metric,
           (SELECT count(*)
            FROM platform.databases AS d
            WHERE d.project_id = s.project_id AND d.status <> 'inactive'
              AND d.created_at < (s.day + 1)::timestamp AT TIME ZONE 'UTC')::numeric AS quantity
    FROM days AS s
    UNION ALL
    SELECT s.project_id, s.day, 'storage_bytes', sum(z.bytes)
    FROM days AS s
    JOIN platform.databases AS d ON d.project_id = s.project_id AND d.status <> 'inactive'
    JOIN platform.database_sizes AS z ON z.database_id = d.id
    WHERE s.is_today
    GROUP BY s.project_id, s.day
)
INSERT INTO platform.usage_records AS r (project_id, organization_id, metric, period_start, period_end, quantity)
SELECT m.project_id, $1::uuid, m.metric, m.day::timestamp AT TIME ZONE 'UTC', (m.day + 1)::timestamp AT TIME ZONE 'UTC', m.quantity
FROM measured AS m
WHERE NOT EXISTS (
    SELECT FROM platform.invoices AS i
    WHERE i.organization_id = $1::uuid AND i.status NOT IN ('draft', 'void')
      AND m.day::timestamp AT TIME ZONE 'UTC' >= i.period_start AND m.day::timestamp AT TIME ZONE 'UTC' < i.period_end)
ORDER BY m.project_id, m.metric, m.day
ON CONFLICT ON CONSTRAINT usage_records_project_id_metric_period_start_key DO UPDATE
SET quantity = excluded.quantity, recorded_at = now()
WHERE excluded.quantity > r.quantity
