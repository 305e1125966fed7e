-- Run at the end of a run, in a synchronous commit that carries all before it to the disk: what each migration did.
-- $1 project, $2 run, $3 a JSON object {"<id>": {"rows": …, …}}.
UPDATE drydock.migration AS m
SET impact = done.value
FROM jsonb_each($3::jsonb) AS done
WHERE m.project = $1 AND m.run_id = $2::uuid AND m.id = done.key
