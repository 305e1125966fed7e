-- $1 organization. The one that is live, if any.
SELECT s.id,
       s.plan_code,
       s.status,
       (s.created_at AT TIME ZONE 'UTC')::date AS since,
       to_char(s.current_period_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS period_start,
       to_char(s.current_period_end AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS period_end,
       s.cancel_at_period_end
FROM platform.subscriptions AS s
WHERE s.organization_id = $1::uuid AND s.status <> 'cancelled'
