-- Undoes 006_databases.sql. Destroys the registry with all its sealed connection strings. pgcrypto goes only if the
-- migration brought it, and stays (with an error) when something else has come to need it.

DROP FUNCTION platform.update_database_health(uuid, text, text);
DROP FUNCTION platform.get_project_databases(uuid, text);
DROP VIEW platform.databases_with_connection_strings;
DROP VIEW platform.databases_safe;
DROP FUNCTION platform.decrypt_database_connection_string(uuid);
DROP TABLE platform.databases;
DROP FUNCTION platform.keep_database_limit();
DROP FUNCTION platform.seal_connection_string();
DROP FUNCTION platform.seal_text(text);
DROP FUNCTION platform.connection_string_parts(text);
DROP FUNCTION platform.holds_secret(jsonb);
DROP TABLE platform.settings;

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_extension
               WHERE extname = 'pgcrypto' AND extnamespace = 'platform'::pg_catalog.regnamespace) THEN
        DROP EXTENSION pgcrypto;
    END IF;
END;
$$;
