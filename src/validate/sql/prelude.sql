-- What checks stand on: the runner puts it before each check's query. $1: relations that are locked, left out.
-- A CTE that a check doesn't name is not run. None is materialized: with 50,000 tables, a subquery for each must find its
-- rows by an index of the catalog. Sizes are those of the last VACUUM or ANALYZE: asking the file system would
-- need a lock on each table. Members of extensions and drydock's own schema are nobody's to mend.
WITH user_schema AS NOT MATERIALIZED (
    SELECT n.oid, n.nspname AS name, n.nspowner AS owner, n.nspacl AS acl
      FROM pg_catalog.pg_namespace n
     WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'drydock')
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                        WHERE d.classid = 'pg_catalog.pg_namespace'::regclass AND d.objid = n.oid AND d.deptype = 'e')
),
relation AS NOT MATERIALIZED (
    SELECT c.oid, c.relname AS name, s.name AS schema, s.oid AS schema_oid,
           format('%I.%I', s.name, c.relname) AS label,
           c.relkind AS kind, c.relispartition AS is_partition, c.relpersistence AS persistence,
           c.relowner AS owner, c.relacl AS acl, c.relrowsecurity AS row_security,
           c.relforcerowsecurity AS force_row_security, c.reloptions AS options, c.reltoastrelid AS toast,
           c.reltuples AS tuples, c.relfrozenxid AS frozen, c.relminmxid AS min_multi,
           current_setting('block_size')::bigint
           * CASE c.relkind WHEN 'p' THEN (SELECT coalesce(sum(greatest(p.relpages, 0)), 0)
                                             FROM pg_catalog.pg_inherits h
                                             JOIN pg_catalog.pg_class p ON p.oid = h.inhrelid
                                            WHERE h.inhparent = c.oid)
                  ELSE greatest(c.relpages, 0) END AS bytes
      FROM pg_catalog.pg_class c
      JOIN user_schema s ON s.oid = c.relnamespace
     WHERE c.oid <> ALL ($1::oid[])
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                        WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
),
-- Ordinary and partitioned tables, partitions too.
user_table AS NOT MATERIALIZED (
    SELECT * FROM relation WHERE kind IN ('r', 'p')
),
user_column AS NOT MATERIALIZED (
    SELECT t.oid AS relid, a.attnum AS number, a.attname AS name, t.label AS table_label, t.schema, t.name AS table_name,
           t.kind, t.is_partition, t.bytes, t.tuples,
           format('%s.%I', t.label, a.attname) AS label, format('%I', a.attname) AS quoted,
           a.atttypid AS type, a.atttypmod AS typmod, format_type(a.atttypid, a.atttypmod) AS type_name,
           a.attnotnull AS not_null, a.attidentity AS identity, a.attgenerated AS generated, a.attcollation AS collation,
           a.atthasdef AS has_default, a.attislocal AS is_local
      FROM user_table t
      JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid
     WHERE a.attnum > 0 AND NOT a.attisdropped
),
-- Foreign keys, each partitioned one once. `match` joins a child c with its parent p by the constraint's own
-- operators; `given` says that no column of the key is NULL.
foreign_key AS NOT MATERIALIZED (
    SELECT k.oid, k.conname AS name, k.conrelid AS relid, k.confrelid AS parent,
           c.label AS child_label, p.label AS parent_label,
           CASE WHEN c.kind = 'r' THEN 'ONLY ' ELSE '' END || c.label AS child_from,
           CASE WHEN p.kind = 'r' THEN 'ONLY ' ELSE '' END || p.label AS parent_from,
           c.bytes AS child_bytes, p.bytes AS parent_bytes, c.tuples AS child_tuples, c.kind AS child_kind,
           format('%s.%I', c.label, k.conname) AS label,
           k.conkey AS child_key, k.confkey AS parent_key, k.confmatchtype AS match_type,
           k.convalidated AS validated, k.confdeltype AS on_delete, k.confupdtype AS on_update,
           k.condeferrable AS is_deferrable,
           parts.child_columns, parts.parent_columns, parts.match, parts.given
      FROM pg_catalog.pg_constraint k
      JOIN user_table c ON c.oid = k.conrelid
      JOIN relation p ON p.oid = k.confrelid
     CROSS JOIN LATERAL (
           SELECT string_agg(format('%I', a.attname), ', ' ORDER BY n.position) AS child_columns,
                  string_agg(format('%I', b.attname), ', ' ORDER BY n.position) AS parent_columns,
                  string_agg(format('p.%I OPERATOR(%I.%s) c.%I', b.attname, os.nspname, o.oprname, a.attname),
                             ' AND ' ORDER BY n.position) AS match,
                  string_agg(format('c.%I IS NOT NULL', a.attname), ' AND ' ORDER BY n.position) AS given
             FROM unnest(k.conkey, k.confkey, k.conpfeqop) WITH ORDINALITY AS n(child, parent, equals, position)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = n.child
             JOIN pg_catalog.pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = n.parent
             JOIN pg_catalog.pg_operator o ON o.oid = n.equals
             JOIN pg_catalog.pg_namespace os ON os.oid = o.oprnamespace) parts
     WHERE k.contype = 'f' AND k.conparentid = 0
),
-- The primary key's columns, as a table's rows are told to a person: "c.id, c.part".
row_name AS NOT MATERIALIZED (
    SELECT k.conrelid AS relid, string_agg(format('c.%I', a.attname), ', ' ORDER BY n.position) AS columns,
           array_agg(a.attname ORDER BY n.position) AS names
      FROM pg_catalog.pg_constraint k
     CROSS JOIN LATERAL unnest(k.conkey) WITH ORDINALITY AS n(number, position)
      JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = n.number
     WHERE k.contype = 'p'
     GROUP BY k.conrelid
),
-- Indexes of tables and materialized views. `keys` are the key columns in order, 0 for an expression.
user_index AS NOT MATERIALIZED (
    SELECT x.indexrelid AS oid, x.indrelid AS relid, t.label AS table_label, t.kind AS table_kind,
           t.bytes AS table_bytes, t.tuples AS table_tuples, t.is_partition AS table_is_partition,
           format('%I.%I', t.schema, i.relname) AS label, i.relname AS name, t.schema,
           i.relkind AS kind, m.amname AS method, i.relpages * current_setting('block_size')::bigint AS bytes,
           i.relispartition AS is_partition, x.indisunique AS is_unique, x.indisprimary AS is_primary,
           x.indisvalid AS is_valid, x.indisready AS is_ready, x.indislive AS is_live, x.indisreplident AS is_replident,
           x.indisexclusion AS is_exclusion, x.indimmediate AS is_immediate,
           x.indpred IS NOT NULL AS is_partial, x.indexprs IS NOT NULL AS has_expressions,
           -- Where in its text something stood makes no difference.
           regexp_replace(x.indpred::text, ':location -?[0-9]+', '', 'g') AS predicate,
           regexp_replace(x.indexprs::text, ':location -?[0-9]+', '', 'g') AS expressions,
           (string_to_array(x.indkey::text, ' ')::smallint[])[1:x.indnkeyatts] AS keys,
           (string_to_array(x.indkey::text, ' ')::smallint[])[x.indnkeyatts + 1:] AS included,
           x.indclass::text AS classes, x.indcollation::text AS collations, x.indoption::text AS orders,
           EXISTS (SELECT FROM pg_catalog.pg_constraint k
                    WHERE k.conindid = x.indexrelid AND k.contype IN ('p', 'u', 'x')) AS backs_constraint
      FROM pg_catalog.pg_index x
      JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
      JOIN pg_catalog.pg_am m ON m.oid = i.relam
      JOIN relation t ON t.oid = x.indrelid AND t.kind IN ('r', 'p', 'm')
     WHERE x.indexrelid <> ALL ($1::oid[])
),
-- Columns that are called like a table and "id" (customer_id, customers_id), have the type of that table's key of one
-- column, and no foreign key.
intended_key AS NOT MATERIALIZED (
    SELECT c.*, p.oid AS parent, p.label AS parent_label, k.attname AS parent_column, p.bytes AS parent_bytes,
           CASE WHEN p.kind = 'r' THEN 'ONLY ' ELSE '' END || p.label AS parent_from
      FROM user_column c
     CROSS JOIN LATERAL (SELECT lower(regexp_replace(c.name, '_?(id|uuid)$', '', 'i')) AS base) n
      JOIN LATERAL (
           SELECT t.*, pk.conkey
             FROM user_table t
             JOIN pg_catalog.pg_constraint pk ON pk.conrelid = t.oid AND pk.contype = 'p' AND cardinality(pk.conkey) = 1
            WHERE t.schema = c.schema AND NOT t.is_partition
              AND lower(t.name) IN (n.base, n.base || 's', n.base || 'es', regexp_replace(n.base, 'y$', 'ies'))
            ORDER BY lower(t.name) = n.base DESC, t.name
            LIMIT 1) p ON true
      JOIN pg_catalog.pg_attribute k ON k.attrelid = p.oid AND k.attnum = p.conkey[1]
     WHERE c.name ~* '.(_id|_uuid|[a-z]Id)$' AND NOT c.is_partition AND c.type = k.atttypid
       AND NOT (p.oid = c.relid AND k.attnum = c.number)
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint f
                        WHERE f.conrelid = c.relid AND f.contype = 'f' AND c.number = ANY (f.conkey))
)
