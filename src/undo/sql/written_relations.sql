-- What this transaction has written to, rows or not: INSERT, UPDATE, DELETE, MERGE and COPY leave a ROW EXCLUSIVE lock
-- on the table until the transaction ends, nextval() and setval() one on the sequence. DDL takes other ones.
SELECT DISTINCT l.relation
FROM pg_catalog.pg_locks l
JOIN pg_catalog.pg_class c ON c.oid = l.relation
WHERE l.pid = pg_catalog.pg_backend_pid() AND l.granted AND l.mode = 'RowExclusiveLock'
    AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
    AND c.relkind IN ('r', 'p', 'f', 'S') AND c.oid >= 16384
