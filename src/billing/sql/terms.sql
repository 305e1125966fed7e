-- $1 organization, $2 first day of the month. Which plan held from which day to which (not with it): the one that a day
-- ended with. `terms` is NULL where none did. Also whether the month is over.
WITH month AS (
    SELECT $2::date AS first, ($2::date + interval '1 month')::date AS next
), held AS (
    SELECT greatest((s.created_at AT TIME ZONE 'UTC')::date, m.first) AS from_day,
           least(coalesce((s.cancelled_at AT TIME ZONE 'UTC')::date, m.next), m.next) AS to_day,
           s.created_at AS begun_at,
           p.*
    FROM month AS m
    CROSS JOIN platform.subscriptions AS s
    JOIN platform.plans AS p ON p.code = s.plan_code
    WHERE s.organization_id = $1::uuid
)
SELECT jsonb_agg(jsonb_build_object(
           'from', h.from_day, 'to', h.to_day, 'plan', h.code, 'name', h.name, 'currency', h.currency,
           'base', h.base_price_minor, 'database', h.database_price_minor, 'storage_gib', h.storage_gib_price_minor,
           'databases_included', h.included_databases, 'bytes_included', h.included_storage_bytes)
           ORDER BY h.from_day, h.begun_at) AS terms,
       min(h.currency) AS currency,
       count(DISTINCT h.currency) > 1 AS mixed,
       now() >= (SELECT m.next::timestamp AT TIME ZONE 'UTC' FROM month AS m) AS over
FROM held AS h
WHERE h.to_day > h.from_day
