-- Run before an interrupted CREATE or DROP of something that no transaction holds. $1 database, tablespace or
-- subscription; $2 its name. One column: it exists.
SELECT CASE $1
    WHEN 'database' THEN EXISTS (SELECT FROM pg_database WHERE datname = $2)
    WHEN 'tablespace' THEN EXISTS (SELECT FROM pg_tablespace WHERE spcname = $2)
    WHEN 'subscription' THEN EXISTS (
        SELECT FROM pg_subscription WHERE subname = $2
    )
END
