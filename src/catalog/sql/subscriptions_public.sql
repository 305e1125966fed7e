-- What every role may see of a subscription.
SELECT 'pg_subscription'::regclass::oid AS _catalog, s.subname AS _name,
    s.oid AS _oid,  -- 14+
    pg_get_userbyid(s.subowner) AS owner,
    CASE WHEN NOT s.subenabled THEN 'disabled' END AS enabled,
    format(
        'CREATE SUBSCRIPTION %I CONNECTION ''(hidden)'' PUBLICATION %s WITH (connect = false, slot_name = %s)',
        s.subname,
        (SELECT string_agg(quote_ident(name), ', ' ORDER BY name) FROM unnest(s.subpublications) AS name),
        coalesce(quote_literal(s.subslotname), 'NONE')
    ) AS definition
FROM pg_subscription s
WHERE s.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
