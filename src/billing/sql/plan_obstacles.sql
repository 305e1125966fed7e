-- $1 organization, $2 plan. One row where the plan is offered: the currency that the month has besides the plan's own, and
-- a project that has more databases or bytes than it would allow.
SELECT p.currency,
       (SELECT min(o.currency)
        FROM platform.subscriptions AS s
        JOIN platform.plans AS o ON o.code = s.plan_code
        WHERE s.organization_id = $1::uuid AND o.currency <> p.currency
          AND (o.base_price_minor > 0 OR o.database_price_minor > 0 OR o.storage_gib_price_minor > 0)
          AND coalesce(s.cancelled_at, now()) >= date_trunc('month', now(), 'UTC')) AS other_currency,
       full_project.name, full_project.databases, full_project.bytes, p.max_databases, p.max_storage_bytes
FROM platform.plans AS p
LEFT JOIN LATERAL (
    SELECT r.name, count(d.id) AS databases, coalesce(sum(z.bytes), 0) AS bytes
    FROM platform.projects AS r
    LEFT JOIN platform.project_limits AS l ON l.project_id = r.id
    JOIN platform.databases AS d ON d.project_id = r.id AND d.status <> 'inactive'
    LEFT JOIN platform.database_sizes AS z ON z.database_id = d.id
    WHERE r.organization_id = $1::uuid
    GROUP BY r.id, r.name, l.max_databases, l.max_storage_bytes
    HAVING (l.max_databases IS NULL AND count(d.id) > p.max_databases)
        OR (l.max_storage_bytes IS NULL AND sum(z.bytes) > p.max_storage_bytes)
    ORDER BY r.name
    LIMIT 1
) AS full_project ON true
WHERE p.code = $2 AND p.is_offered
