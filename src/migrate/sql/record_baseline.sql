-- Run by `migrate baseline`, once a migration, in one transaction: it counts as applied and does not run.
-- $1 project, $2 id, $3 raw, $4 canonical, $5 semantic hash, $6 sql, $7 rollback sql, $8 rollback source,
-- $9 dependencies, one a line, $10 statements, $11 client, $12 run, $13 reason.
WITH row AS (
    INSERT INTO drydock.migration
        (project, id, status, raw_hash, canonical_hash, semantic_hash, sql, rollback_sql, rollback_source, dependencies,
         statements, origin, client, run_id, finished_at)
    VALUES
        ($1, $2, 'applied', $3, $4, $5, $6, $7, $8, string_to_array($9, E'\n'), $10::integer, 'baseline', $11, $12::uuid,
         clock_timestamp())
)
INSERT INTO drydock.migration_event (project, id, event, run_id, client, detail)
VALUES ($1, $2, 'baselined', $12::uuid, $11, $13)
