-- Run by the gates `disk` and `big-tables`. $1: OIDs of relations. A row each: its own bytes, and with its indexes and
-- TOAST table. Waits for whoever holds one of them under ACCESS EXCLUSIVE, up to lock_timeout.
SELECT given.oid::bigint AS oid, pg_relation_size(given.oid) AS own, pg_total_relation_size(given.oid) AS total
FROM unnest($1::oid[]) AS given (oid)
WHERE pg_relation_size(given.oid) IS NOT NULL
