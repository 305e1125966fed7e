-- $1 databases, $2 states, $3 errors: arrays of one length. Gives those that were something else before, with what it was.
WITH told AS (
    SELECT r.database_id, r.status, r.error
    FROM unnest($1::uuid[], $2::text[], $3::text[]) AS r (database_id, status, error)
), present AS (
    SELECT d.id, d.health_check_status AS before, t.status, t.error
    FROM platform.databases AS d JOIN told AS t ON t.database_id = d.id
    ORDER BY d.id
    FOR UPDATE OF d
), updated AS (
    SELECT p.id, p.before, p.status, p.error, platform.update_database_health(p.id, p.status, p.error) AS done
    FROM present AS p
)
SELECT u.id, u.before, u.status, u.error
FROM updated AS u
WHERE u.done AND u.before <> u.status
