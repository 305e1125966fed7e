-- Run by `migrate release`. $1 project, $2 id, $3 reason, $4 client. A row when it was held until now.
WITH release AS (
    INSERT INTO drydock.hold_release (project, id, reason, client)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT (project, id) DO NOTHING
    RETURNING id
)
INSERT INTO drydock.migration_event (project, id, event, client, detail)
SELECT $1, id, 'released', $4, $3 FROM release
RETURNING 1
