-- Run by `migrate repair --accept`: history takes the file as it is today.
-- $1 project, $2 id, $3 raw, $4 canonical, $5 semantic hash, $6 sql, $7 client, $8 reason. A row when it was applied.
WITH row AS (
    UPDATE drydock.migration
    SET raw_hash = $3, canonical_hash = $4, semantic_hash = $5, sql = $6
    WHERE project = $1 AND id = $2 AND status = 'applied'
    RETURNING id
)
INSERT INTO drydock.migration_event (project, id, event, client, detail)
SELECT $1, id, 'accepted', $7, $8 FROM row
RETURNING 1
