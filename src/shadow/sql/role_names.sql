-- Run by the shadow on its own server: the roles that are there, without PostgreSQL's own.
SELECT rolname FROM pg_catalog.pg_roles WHERE rolname !~ '^pg_' ORDER BY rolname
