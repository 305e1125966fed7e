-- Migration: Registration
-- Purpose: One function that registers a database, checks what it is told, and may be called again with the same or
--   newer facts; and the first entry of the registry, drydock's own control plane.
-- Dependencies: 004_first_organization.sql, 006_databases.sql, 006_enable_rls.sql
-- Rollback: rollback-006_add_registration.sql
-- Environment: all

CREATE FUNCTION platform.register_database(
    a_project uuid,
    a_name text,
    a_type text,
    a_host text,
    a_port integer DEFAULT NULL,
    a_database text DEFAULT NULL,
    a_username text DEFAULT NULL,
    is_ssl_enabled boolean DEFAULT true,
    a_credential uuid DEFAULT NULL,
    a_config jsonb DEFAULT '{}',
    a_metadata jsonb DEFAULT '{}') RETURNS uuid
    LANGUAGE plpgsql
    VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    the_id uuid;
    the_port integer := coalesce(a_port, CASE a_type WHEN 'postgresql' THEN 5432 WHEN 'mongodb' THEN 27017 WHEN 'redis' THEN 6379 END);
BEGIN
    IF NOT EXISTS (SELECT FROM platform.projects AS p WHERE p.id = a_project AND p.status = 'active') THEN
        RAISE EXCEPTION 'project % does not exist or is archived', a_project USING ERRCODE = 'foreign_key_violation';
    END IF;
    IF the_port IS NULL THEN
        RAISE EXCEPTION 'drydock knows no databases of type %', a_type
            USING ERRCODE = 'invalid_parameter_value', HINT = 'The types are postgresql, mongodb and redis.';
    END IF;
    IF coalesce(btrim(a_name), '') = '' OR coalesce(btrim(a_host), '') = '' THEN
        RAISE EXCEPTION 'a database is registered with a name and a host' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    INSERT INTO platform.databases AS d
        (project_id, name, type, host, port, database, username, ssl_enabled, credential_id, config, metadata)
    VALUES (a_project, a_name, a_type, a_host, the_port, a_database, a_username, is_ssl_enabled, a_credential,
        coalesce(a_config, '{}'), coalesce(a_metadata, '{}'))
    ON CONFLICT ON CONSTRAINT databases_project_id_name_key DO UPDATE
    SET type = excluded.type, host = excluded.host, port = excluded.port, database = excluded.database,
        username = excluded.username, ssl_enabled = excluded.ssl_enabled,
        credential_id = coalesce(excluded.credential_id, d.credential_id),
        config = excluded.config, metadata = excluded.metadata
    WHERE (d.type, d.host, d.port, d.database, d.username, d.ssl_enabled, d.credential_id, d.config, d.metadata)
        IS DISTINCT FROM (excluded.type, excluded.host, excluded.port, excluded.database, excluded.username,
            excluded.ssl_enabled, coalesce(excluded.credential_id, d.credential_id), excluded.config, excluded.metadata)
    RETURNING d.id INTO the_id;
    IF the_id IS NULL THEN
        SELECT d.id INTO the_id FROM platform.databases AS d WHERE d.project_id = a_project AND d.name = a_name;
    END IF;
    RETURN the_id;
END;
$$;
COMMENT ON FUNCTION platform.register_database(uuid, text, text, text, integer, text, text, boolean, uuid, jsonb, jsonb) IS
    'Registers a database by project and name, or brings its entry up to date; the same facts change nothing. It takes no secret: that is written to connection_string, or kept as a credential';

-- drydock reaches its control plane by its own configuration, so the entry needs no secret.
SELECT platform.register_database(
    a_project => p.id,
    a_name => 'control-plane',
    a_type => 'postgresql',
    a_host => coalesce(host(inet_server_addr()), 'localhost'),
    a_port => coalesce(inet_server_port(), current_setting('port')::integer),
    a_database => current_database()::text,
    is_ssl_enabled => false,
    a_metadata => '{"role": "control-plane", "managed_by": "drydock"}')
FROM platform.projects AS p
JOIN platform.organizations AS o ON o.id = p.organization_id
WHERE o.slug = 'default' AND p.slug = 'default' AND p.status = 'active';
