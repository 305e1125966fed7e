-- Run by the gate `rights`. $1: the role of migrate.role. One row: whether it is there, whether we may become it.
SELECT r.oid IS NOT NULL AS found, coalesce(pg_has_role(r.oid, 'MEMBER'), false) AS may_become, current_user AS own
FROM (VALUES ($1::text)) AS wanted (name)
LEFT JOIN pg_roles AS r ON r.rolname = wanted.name
