-- Run by a trace after each statement: what the event triggers noted since.
SELECT e.id, e.kind, e.relation, e.text
FROM drydock.trace_event AS e
WHERE e.id > $1::bigint
ORDER BY e.id
