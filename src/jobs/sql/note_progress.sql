-- $1 id, $2 fence, $3 progress.
UPDATE platform.jobs AS j
SET progress = $3::jsonb
WHERE j.id = $1::uuid AND j.fence = $2::bigint AND j.state = 'running'
RETURNING j.kind
