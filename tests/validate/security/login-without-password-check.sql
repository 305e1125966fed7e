-- fires:
--   host all all 10.0.0.0
--   host all all 10.1.0.0
CREATE TABLE before AS SELECT pg_read_file(current_setting('hba_file')) AS text;
DO $$ BEGIN
    EXECUTE format('COPY (SELECT unnest(string_to_array(text, E''\n'') || ARRAY[%L, %L, %L])'
                   ' FROM before) TO %L', 'host all all 10.0.0.0/16 trust', 'host all all 10.1.0.0/16 md5',
                   'host all all 10.2.0.0/16 scram-sha-256', current_setting('hba_file'));
END $$;
-- at the end
DO $$ BEGIN
    EXECUTE format('COPY (SELECT unnest(string_to_array(text, E''\n'')) FROM before) TO %L', current_setting('hba_file'));
END $$;
-- silent:
SELECT 1;
