-- $1 permission.
SELECT platform.current_user_can($1) AS may
