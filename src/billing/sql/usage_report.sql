-- $1 organization, $2 first day, $3 the day after the last.
SELECT p.id,
       p.name,
       u.metric,
       count(*) AS days,
       round(sum(u.quantity) / ($3::date - $2::date), 6) AS average,
       max(u.quantity) AS peak,
       (array_agg(u.quantity ORDER BY u.period_start DESC))[1] AS latest,
       platform.project_limit(p.id, u.metric) AS most
FROM platform.usage_records AS u
JOIN platform.projects AS p ON p.id = u.project_id
WHERE u.organization_id = $1::uuid
  AND u.period_start >= $2::date::timestamp AT TIME ZONE 'UTC'
  AND u.period_start < $3::date::timestamp AT TIME ZONE 'UTC'
GROUP BY p.id, p.name, u.metric
ORDER BY p.name, p.id, u.metric
