-- $1 task, $2 who: the next one need not wait.
DELETE FROM platform.job_leaders AS l WHERE l.task = $1::text AND l.holder = $2::text
