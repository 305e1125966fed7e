-- Run by the gate `extensions`. $1: a JSON array of {name, version}; $2: the role that runs the migrations. A row each:
-- the version that is there, the default, whether the wanted one can be had, all that can be had, what it needs that is
-- not there, whether the role may create it.
SELECT
    given.place - 1                                                     AS place,
    e.extversion                                                        AS installed,
    a.default_version                                                   AS default_version,
    v.version IS NOT NULL                                               AS available,
    (
        SELECT string_agg(other.version, ', ' ORDER BY other.version)
        FROM pg_available_extension_versions AS other WHERE other.name = w.name
    )                                                                   AS versions,
    (
        SELECT string_agg(needed.name, ',')
        FROM unnest(v.requires) AS needed (name)
        WHERE NOT EXISTS (SELECT FROM pg_extension AS there WHERE there.extname = needed.name)
    )                                                                   AS lacking,
    coalesce(NOT v.superuser OR v.trusted AND has_database_privilege($2, current_database(), 'CREATE'), true)
        OR r.rolsuper                                                   AS may_create
FROM json_array_elements($1::json) WITH ORDINALITY AS given (value, place)
CROSS JOIN LATERAL json_to_record(given.value) AS w (name text, version text)
JOIN pg_roles AS r ON r.rolname = $2
LEFT JOIN pg_extension AS e ON e.extname = w.name
LEFT JOIN pg_available_extensions AS a ON a.name = w.name
LEFT JOIN pg_available_extension_versions AS v
    ON v.name = w.name AND v.version = coalesce(nullif(w.version, ''), a.default_version)
ORDER BY given.place
