-- $1 database, $2 job, $3 who asked, or NULL, $4 to $7 how many findings of which severity, and checks not made, $8 the
-- report. Once a job, also when it is begun again. Returns its id; no row: no such database.
INSERT INTO platform.validations AS v (organization_id, project_id, database_id, job_id, requested_by, critical, warning, info, not_checked, report)
SELECT d.organization_id, d.project_id, d.id, $2::uuid, $3::uuid, $4::integer, $5::integer, $6::integer, $7::integer, $8::jsonb
FROM platform.databases AS d
WHERE d.id = $1::uuid
ON CONFLICT (job_id) DO UPDATE
SET critical = excluded.critical, warning = excluded.warning, info = excluded.info, not_checked = excluded.not_checked,
    report = excluded.report
RETURNING v.id
