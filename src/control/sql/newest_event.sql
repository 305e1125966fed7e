-- The place after everything that is told: what runs now comes behind it.
SELECT (pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1) || '-' || 9223372036854775807 AS cursor
