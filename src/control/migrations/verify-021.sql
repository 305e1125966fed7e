-- Every column that names a master key holds it.
SELECT count(*) FILTER (WHERE k.oid IS NULL) = 0 AS all_held, count(*) >= 4 AS found
FROM pg_attribute AS a
JOIN pg_class AS c ON c.oid = a.attrelid AND c.relkind = 'r' AND c.relnamespace = 'platform'::regnamespace
LEFT JOIN pg_constraint AS k ON k.conrelid = a.attrelid AND k.contype = 'f' AND k.conkey = ARRAY[a.attnum]
    AND k.confrelid = 'platform.master_keys'::regclass
WHERE a.attname = 'master_key_id' AND NOT a.attisdropped;
