-- What a server has in common with its standbys and its copies. A right of PUBLIC, which an operator may have taken.
SELECT c.system_identifier
FROM pg_catalog.pg_control_system() AS c
