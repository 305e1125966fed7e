-- Parsers, templates, dictionaries and configurations.
WITH mapping AS (
    SELECT m.mapcfg, m.maptokentype,
        string_agg(quote_ident(n.nspname) || '.' || quote_ident(d.dictname), ', ' ORDER BY m.mapseqno) AS dictionaries
    FROM pg_ts_config_map m
    JOIN pg_ts_dict d ON d.oid = m.mapdict
    JOIN pg_namespace n ON n.oid = d.dictnamespace
    WHERE m.mapcfg >= 16384
    GROUP BY m.mapcfg, m.maptokentype
), configuration AS (
    SELECT c.oid, c.cfgname, c.cfgowner, n.nspname, pn.nspname AS parser_schema, p.prsname,
        (
            SELECT string_agg(
                format(
                    E';\nALTER TEXT SEARCH CONFIGURATION %I.%I ADD MAPPING FOR %I WITH %s',
                    n.nspname, c.cfgname, k.alias, m.dictionaries
                ), '' ORDER BY k.alias
            )
            FROM ts_token_type(c.cfgparser) k
            JOIN mapping m ON m.mapcfg = c.oid AND m.maptokentype = k.tokid
        ) AS mappings
    FROM pg_ts_config c
    JOIN pg_namespace n ON n.oid = c.cfgnamespace
    JOIN pg_ts_parser p ON p.oid = c.cfgparser
    JOIN pg_namespace pn ON pn.oid = p.prsnamespace
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
)
SELECT 'text search configuration' AS _kind, 'pg_ts_config'::regclass::oid AS _catalog, oid AS _oid,
    nspname AS _schema, cfgname AS _name, pg_get_userbyid(cfgowner) AS owner,
    format('CREATE TEXT SEARCH CONFIGURATION %I.%I (PARSER = %I.%I)', nspname, cfgname, parser_schema, prsname)
        || coalesce(mappings, '') AS definition
FROM configuration
UNION ALL
SELECT 'text search dictionary', 'pg_ts_dict'::regclass::oid, d.oid, n.nspname, d.dictname,
    pg_get_userbyid(d.dictowner),
    format(
        'CREATE TEXT SEARCH DICTIONARY %I.%I (TEMPLATE = %I.%I%s)', n.nspname, d.dictname, tn.nspname, t.tmplname,
        ', ' || d.dictinitoption
    )
FROM pg_ts_dict d
JOIN pg_namespace n ON n.oid = d.dictnamespace
JOIN pg_ts_template t ON t.oid = d.dicttemplate
JOIN pg_namespace tn ON tn.oid = t.tmplnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
UNION ALL
SELECT 'text search template', 'pg_ts_template'::regclass::oid, t.oid, n.nspname, t.tmplname, NULL,
    format(
        'CREATE TEXT SEARCH TEMPLATE %I.%I (%s)', n.nspname, t.tmplname,
        concat_ws(', ', 'INIT = ' || nullif(t.tmplinit::text, '-'), 'LEXIZE = ' || t.tmpllexize::text)
    )
FROM pg_ts_template t
JOIN pg_namespace n ON n.oid = t.tmplnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
UNION ALL
SELECT 'text search parser', 'pg_ts_parser'::regclass::oid, p.oid, n.nspname, p.prsname, NULL,
    format(
        'CREATE TEXT SEARCH PARSER %I.%I (%s)', n.nspname, p.prsname,
        concat_ws(
            ', ',
            'START = ' || p.prsstart::text, 'GETTOKEN = ' || p.prstoken::text, 'END = ' || p.prsend::text,
            'HEADLINE = ' || nullif(p.prsheadline::text, '-'), 'LEXTYPES = ' || p.prslextype::text
        )
    )
FROM pg_ts_parser p
JOIN pg_namespace n ON n.oid = p.prsnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
