-- $1 what is counted, $2 how many attempts are free.
UPDATE platform.login_failures
SET failures = greatest(failures - 1, 1),
    locked_until = CASE WHEN failures - 1 >= $2::integer THEN locked_until END
WHERE key = $1
