-- $1 job. Its files, in the order in which they came; one row of NULLs where it came with none. No row: it is none of
-- those that files are stored for.
SELECT f.item ->> 'path', f.item ->> 'text'
FROM platform.job_files AS j
LEFT JOIN LATERAL jsonb_array_elements(j.files) WITH ORDINALITY AS f (item, place) ON true
WHERE j.job_id = $1::uuid
ORDER BY f.place
