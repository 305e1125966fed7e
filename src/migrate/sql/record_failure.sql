-- Run after a migration failed and was rolled back: the row says so, what is applied stays as it was.
-- $1 project, $2 id, $3 raw, $4 canonical, $5 semantic hash, $6 statements, $7 client, $8 run, $9 error, $10 direction.
WITH row AS (
    INSERT INTO drydock.migration AS m
        (project, id, status, direction, raw_hash, canonical_hash, semantic_hash, statements, client, run_id, error, finished_at)
    VALUES ($1, $2, 'failed', $10, $3, $4, $5, $6::integer, $7, $8::uuid, $9, clock_timestamp())
    ON CONFLICT (project, id) DO UPDATE
        SET status = CASE WHEN m.status = 'failed' OR m.status = 'rolled_back' THEN 'failed' ELSE m.status END,
            error = excluded.error
)
INSERT INTO drydock.migration_event (project, id, event, run_id, client, detail)
VALUES ($1, $2, CASE $10 WHEN 'up' THEN 'failed' ELSE 'rollback failed' END, $8::uuid, $7, $9)
