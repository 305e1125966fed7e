WITH relation AS (
    SELECT r.prpubid, string_agg(
        'ONLY ' || r.prrelid::regclass
            || coalesce(' (' || (  -- 15+
                SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)  -- 15+
                FROM pg_attribute a WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs)  -- 15+
            ) || ')', '')  -- 15+
            || coalesce(' WHERE (' || pg_get_expr(r.prqual, r.prrelid) || ')', ''),  -- 15+
        -- <15: ,
        ', ' ORDER BY r.prrelid::regclass::text COLLATE "C"
    ) AS relations
    FROM pg_publication_rel r
    GROUP BY r.prpubid
), whole AS (
    SELECT s.pnpubid, string_agg(quote_ident(n.nspname), ', ' ORDER BY n.nspname) AS schemas  -- 15+
    FROM pg_publication_namespace s JOIN pg_namespace n ON n.oid = s.pnnspid GROUP BY s.pnpubid  -- 15+
    -- <15: SELECT NULL::oid AS pnpubid, NULL AS schemas WHERE false
)
SELECT 'pg_publication'::regclass::oid AS _catalog, p.oid AS _oid, p.pubname AS _name,
    pg_get_userbyid(p.pubowner) AS owner,
    concat_ws(
        ' ', 'CREATE PUBLICATION ' || quote_ident(p.pubname),
        CASE WHEN p.puballtables THEN 'FOR ALL TABLES'
            WHEN coalesce(relation.relations, whole.schemas) IS NOT NULL THEN 'FOR ' || concat_ws(
                ', ', 'TABLE ' || relation.relations, 'TABLES IN SCHEMA ' || whole.schemas
            )
        END,
        'WITH (' || concat_ws(
            ', ',
            'publish = ' || quote_literal(concat_ws(
                ', ', CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END,
                CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END
            )),
            CASE WHEN p.pubviaroot THEN 'publish_via_partition_root = true' END
            , CASE p.pubgencols WHEN 's' THEN 'publish_generated_columns = stored' END  -- 18+
        ) || ')'
    ) AS definition
FROM pg_publication p
LEFT JOIN relation ON relation.prpubid = p.oid
LEFT JOIN whole ON whole.pnpubid = p.oid
