-- $1 schedule, $2 job.
UPDATE platform.job_schedules AS s SET last_job_id = $2::uuid WHERE s.id = $1::uuid
