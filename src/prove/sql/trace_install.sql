-- Run by a trace in its shadow, as a superuser: what a statement rewrites and drops is noted by event triggers. The
-- schema is the one of the history, which snapshots leave out; the table is unlogged, so that WAL counts are not ours.
CREATE UNLOGGED TABLE drydock.trace_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    relation oid,
    text text NOT NULL
);
CREATE FUNCTION drydock.trace_rewrite() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO drydock.trace_event (kind, relation, text)
    VALUES ('rewrite', pg_event_trigger_table_rewrite_oid(), pg_event_trigger_table_rewrite_reason()::text);
END
$$;
CREATE FUNCTION drydock.trace_drop() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO drydock.trace_event (kind, relation, text)
    SELECT 'drop', d.objid, d.object_type || ' ' || d.object_identity
    FROM pg_event_trigger_dropped_objects() AS d
    WHERE NOT d.is_temporary
      AND d.object_type NOT IN ('type', 'default value', 'toast table')
      AND d.schema_name IS DISTINCT FROM 'pg_toast';
    INSERT INTO drydock.trace_event (kind, relation, text)
    SELECT 'drop', d.objid, d.object_type || ' ' || d.object_identity
    FROM pg_event_trigger_dropped_objects() AS d
    WHERE NOT d.is_temporary AND d.object_type = 'type' AND d.original;
END
$$;
GRANT USAGE ON SCHEMA drydock TO PUBLIC;
GRANT SELECT ON drydock.trace_event TO PUBLIC;
CREATE EVENT TRIGGER drydock_trace_rewrite ON table_rewrite EXECUTE FUNCTION drydock.trace_rewrite();
CREATE EVENT TRIGGER drydock_trace_drop ON sql_drop EXECUTE FUNCTION drydock.trace_drop()
