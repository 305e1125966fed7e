SELECT 'pg_event_trigger'::regclass::oid AS _catalog, e.oid AS _oid, e.evtname AS _name,
    pg_get_userbyid(e.evtowner) AS owner,
    format(
        'CREATE EVENT TRIGGER %I ON %s%s EXECUTE FUNCTION %I.%I()', e.evtname, e.evtevent,
        ' WHEN TAG IN (' || (
            SELECT string_agg(quote_literal(tag), ', ' ORDER BY tag) FROM unnest(e.evttags) AS tag
        ) || ')',
        n.nspname, p.proname
    ) AS definition,
    CASE e.evtenabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' END AS enabled
FROM pg_event_trigger e
JOIN pg_proc p ON p.oid = e.evtfoid
JOIN pg_namespace n ON n.oid = p.pronamespace
