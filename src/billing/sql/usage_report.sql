-- $1 organization, $2 first day, $3 the day after the last. Of projects that were deleted, too: it is on the bill.
SELECT u.project_id,
       coalesce(p.name, 'deleted project') AS project,
       u.metric,
       count(*) AS days,
       round(sum(u.quantity) / ($3::date - $2::date), 6) AS average,
       max(u.quantity) AS peak,
       (array_agg(u.quantity ORDER BY u.period_start DESC))[1] AS latest,
       platform.project_limit(u.project_id, u.metric) AS most
FROM platform.usage_records AS u
LEFT JOIN platform.projects AS p ON p.id = u.project_id
WHERE u.organization_id = $1::uuid
  AND u.period_start >= $2::date::timestamp AT TIME ZONE 'UTC'
  AND u.period_start < $3::date::timestamp AT TIME ZONE 'UTC'
GROUP BY u.project_id, p.name, u.metric
ORDER BY p.name, u.project_id, u.metric
