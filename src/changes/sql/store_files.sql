-- $1 job, $2 its organization, $3 JSON: objects with path and text
INSERT INTO platform.job_files (job_id, organization_id, files)
VALUES ($1::uuid, $2::uuid, $3::jsonb)
