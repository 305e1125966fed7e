-- $1 organization, $2 first day of the month, $3 its terms. Each day is charged for by the plan that held on it, with the
-- day's share of the month: what was used beyond what is included, added up over the days, divided by the days of the
-- month. A quantity is rounded once, to six places; an amount once, to the minor unit; both half away from zero. Rounding
-- is by whole numbers, (2 × 10⁶ × a + b) div (2 × b) for a / b, since a division of decimals is itself rounded.
WITH month AS (
    SELECT $2::date AS first, ($2::date + interval '1 month')::date AS next,
           (($2::date + interval '1 month')::date - $2::date)::numeric AS days
), terms AS (
    SELECT t.*
    FROM ROWS FROM (jsonb_to_recordset($3::jsonb) AS ("from" date, "to" date, plan text, name text, base bigint,
        "database" bigint, storage_gib bigint, databases_included bigint, bytes_included bigint)) WITH ORDINALITY
        AS t ("from", "to", plan, name, base, "database", storage_gib, databases_included, bytes_included, place)
), days AS (
    SELECT t.place, day::date AS day, t.databases_included, t.bytes_included
    FROM terms AS t
    CROSS JOIN LATERAL generate_series(t."from"::timestamp, t."to"::timestamp - interval '1 day', interval '1 day') AS day
), used AS (
    SELECT (u.period_start AT TIME ZONE 'UTC')::date AS day,
           coalesce(sum(u.quantity) FILTER (WHERE u.metric = 'databases'), 0) AS databases,
           coalesce(sum(u.quantity) FILTER (WHERE u.metric = 'storage_bytes'), 0) AS bytes
    FROM platform.usage_records AS u
    CROSS JOIN month AS m
    WHERE u.organization_id = $1::uuid
      AND u.period_start >= m.first::timestamp AT TIME ZONE 'UTC'
      AND u.period_start < m.next::timestamp AT TIME ZONE 'UTC'
    GROUP BY 1
), sums AS (
    SELECT d.place,
           count(*) AS days,
           coalesce(sum(greatest(u.databases - d.databases_included, 0)), 0) AS database_days,
           coalesce(sum(greatest(u.bytes - d.bytes_included, 0)), 0) AS byte_days
    FROM days AS d
    LEFT JOIN used AS u ON u.day = d.day
    GROUP BY d.place
), lines AS (
    SELECT t.place, l.*
    FROM sums AS s
    JOIN terms AS t ON t.place = s.place
    CROSS JOIN month AS m
    CROSS JOIN LATERAL (VALUES
        (1, 'base', format('%s, %s of %s days', t.name, s.days, m.days),
            div(2000000 * s.days + m.days, 2 * m.days), t.base),
        (2, 'databases', format('Databases beyond %s on %s, average of the month', t.databases_included, t.name),
            div(2000000 * s.database_days + m.days, 2 * m.days), t."database"),
        (3, 'storage_bytes', format('GiB beyond %s bytes on %s, average of the month', t.bytes_included, t.name),
            div(2000000 * s.byte_days + m.days * 1073741824, 2 * m.days * 1073741824), t.storage_gib)
    ) AS l (kind, metric, description, millionths, price)
    WHERE l.kind = 1 OR l.millionths > 0
)
SELECT l.metric,
       l.description,
       (l.millionths * 0.000001)::numeric(24, 6) AS quantity,
       l.price::numeric(24, 6) AS unit_price,
       round(l.millionths * 0.000001 * l.price)::bigint AS amount
FROM lines AS l
ORDER BY l.place, l.kind
