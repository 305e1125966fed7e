-- Migration: Places of secrets
-- Purpose: A stored secret is used at the place that it was stored for, and nowhere else, whoever has SQL of their own: what
--   SQL seals says where it may be sent, what a shared credential may be sent to is sealed by the server, and the version
--   of a secret goes up only together with another secret.
-- Dependencies: 006_databases.sql, 007_restrictive_rls.sql, 013_registry.sql, 017_one_profile.sql
-- Rollback: rollback-018.sql
-- Environment: all

ALTER TABLE platform.databases
    ADD COLUMN place_sealed text,
    ADD COLUMN place_key_id uuid,
    ADD CONSTRAINT databases_place_key_id_fkey FOREIGN KEY (place_key_id, project_id) REFERENCES platform.data_keys (id, project_id),
    ADD CONSTRAINT databases_place_sealed_check CHECK (place_sealed ~ '^ddk1\.[A-Za-z0-9_-]{162,}$'),
    ADD CONSTRAINT databases_place_key_id_check CHECK ((place_sealed IS NULL) = (place_key_id IS NULL));
COMMENT ON COLUMN platform.databases.place_sealed IS
    'For a row with a credential: what secret_place() said when drydock let it go there, sealed. Without it, or where the row says something else by now, the credential is not used';
COMMENT ON COLUMN platform.databases.place_key_id IS 'The key that place_sealed is sealed with';

CREATE INDEX databases_place_key_id_idx ON platform.databases (place_key_id, project_id);

CREATE FUNCTION platform.secret_place(d platform.databases) RETURNS jsonb
    LANGUAGE sql
    IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT jsonb_build_object('type', d.type, 'host', d.host, 'port', d.port, 'username', nullif(d.username, ''),
        'ssl', d.ssl_enabled, 'hosts', d.config -> 'hosts', 'tls', d.config -> 'tls', 'proxy', d.config -> 'proxy',
        'options', d.config -> 'options');
$$;
COMMENT ON FUNCTION platform.secret_place(platform.databases) IS
    'All that decides where a database''s secret is sent, and for whom: it changes only together with the secret';

CREATE FUNCTION platform.sealed_for(d platform.databases) RETURNS text
    LANGUAGE sql
    IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT 'drydock1 ' || jsonb_build_object('row', d.id, 'project', d.project_id, 'version', d.credential_version,
        'place', platform.secret_place(d))::text;
$$;
COMMENT ON FUNCTION platform.sealed_for(platform.databases) IS
    'The line before a connection string that SQL seals: put into another row, or with another place, it is not used';

CREATE OR REPLACE FUNCTION platform.seal_connection_string() RETURNS trigger
    LANGUAGE plpgsql
    SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    before platform.databases;
    parts record;
    moved boolean := false;
    renewed boolean;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        before := OLD;
    END IF;
    IF NEW.connection_string IS NOT NULL THEN
        IF btrim(NEW.connection_string) = '' OR octet_length(NEW.connection_string) > 4096 THEN
            RAISE EXCEPTION 'the connection string is empty or longer than 4096 bytes'
                USING ERRCODE = 'invalid_parameter_value',
                      HINT = 'To forget the secret, set connection_string_encrypted to NULL.';
        END IF;
        IF NEW.connection_string_encrypted IS DISTINCT FROM before.connection_string_encrypted THEN
            RAISE EXCEPTION 'connection_string and connection_string_encrypted can''t be written at once'
                USING ERRCODE = 'invalid_parameter_value';
        END IF;
        parts := platform.connection_string_parts(NEW.connection_string);
        IF parts.host IS NOT NULL THEN
            -- What the same statement says of them wins over what the address says.
            IF NEW.host IS NOT DISTINCT FROM before.host THEN NEW.host := parts.host; END IF;
            IF NEW.port IS NOT DISTINCT FROM before.port THEN NEW.port := parts.port; END IF;
            IF NEW.database IS NOT DISTINCT FROM before.database THEN NEW.database := parts.database; END IF;
            IF NEW.username IS NOT DISTINCT FROM before.username THEN NEW.username := parts.username; END IF;
        END IF;
        IF TG_OP = 'UPDATE' THEN
            NEW.credential_version := before.credential_version + 1;
        END IF;
        NEW.connection_string_encrypted := platform.seal_text(platform.sealed_for(NEW) || E'\n' || NEW.connection_string);
        NEW.connection_string := NULL;
        NEW.data_key_id := NULL;
        NEW.credential_id := NULL;
        PERFORM pg_notify('drydock_sealed', NEW.id::text);
    ELSIF NEW.connection_string_encrypted LIKE 'pgp:%'
        AND NEW.connection_string_encrypted IS DISTINCT FROM before.connection_string_encrypted
        -- Only a superuser can say so: a replica stores what the trigger has sealed elsewhere.
        AND current_setting('session_replication_role') <> 'replica' THEN
        RAISE EXCEPTION 'what is sealed by SQL is not put in by hand'
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Write connection_string: it is sealed before it is stored.';
    END IF;
    IF NEW.credential_id IS NULL THEN
        NEW.place_sealed := NULL;
        NEW.place_key_id := NULL;
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.credential_version < before.credential_version THEN
        RAISE EXCEPTION 'the secret of database % is at version %, which can''t go back to %',
            NEW.id, before.credential_version, NEW.credential_version USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'UPDATE' THEN
        renewed := NEW.credential_version > before.credential_version;
        moved := (NEW.project_id, platform.secret_place(NEW)) IS DISTINCT FROM (before.project_id, platform.secret_place(before));
    END IF;
    -- Else a secret that waits, or is shared, would count as a new one although it is not.
    IF renewed AND (NEW.credential_version <> before.credential_version + 1
        OR (NEW.connection_string_encrypted, NEW.credential_id, NEW.place_sealed) IS NOT DISTINCT FROM
            (before.connection_string_encrypted, before.credential_id, before.place_sealed)) THEN
        RAISE EXCEPTION 'the version of the secret of database % goes up by one, and together with another secret', NEW.id
            USING ERRCODE = 'check_violation';
    END IF;
    -- Else whoever may edit a host could have the stored password sent to a server of their own.
    IF moved AND (
        (before.connection_string_encrypted IS NOT NULL OR before.credential_id IS NOT NULL)
            AND (NEW.connection_string_encrypted IS NOT NULL OR NEW.credential_id IS NOT NULL) AND NOT renewed
        OR NEW.connection_string_encrypted = before.connection_string_encrypted
        OR NEW.credential_id = before.credential_id AND NEW.place_sealed IS NOT DISTINCT FROM before.place_sealed) THEN
        RAISE EXCEPTION 'to change where database % is or who signs in, give its secret again', NEW.id
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Write connection_string in the same statement, or take the secret away first.';
    END IF;
    RETURN NEW;
END;
$$;

CREATE OR REPLACE FUNCTION platform.decrypt_database_connection_string(database_id uuid) RETURNS text
    LANGUAGE plpgsql
    VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    mode text := (SELECT s.value FROM platform.settings AS s WHERE s.name = 'reveal_mode');
    private_key text := nullif(current_setting('app.database_decryption_key', true), '');
    crypto text;
    sealed text;
    plain text;
BEGIN
    IF mode IS DISTINCT FROM 'pgcrypto' THEN
        RAISE EXCEPTION 'connection strings are not shown by SQL'
            USING ERRCODE = 'insufficient_privilege',
                  HINT = format('Ask for it by POST /api/v2/databases/%s/reveal, which is audited.', database_id);
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = 'drydock_decrypt' AND pg_has_role(current_user, r.oid, 'MEMBER')) THEN
        RAISE EXCEPTION 'only members of the role drydock_decrypt may see connection strings'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF private_key IS NULL THEN
        RAISE EXCEPTION 'there is no key to open the connection string with'
            USING ERRCODE = 'insufficient_privilege',
                  HINT = 'Give it for this transaction: SET LOCAL app.database_decryption_key = ''<armoured private key>''.';
    END IF;
    SELECT d.connection_string_encrypted INTO sealed FROM platform.databases AS d WHERE d.id = database_id;
    IF sealed IS NULL THEN
        RETURN NULL;
    END IF;
    IF sealed NOT LIKE 'pgp:%' THEN
        RAISE EXCEPTION 'the connection string of database % is sealed by drydock and opens only there', database_id
            USING ERRCODE = 'insufficient_privilege',
                  HINT = format('Ask for it by POST /api/v2/databases/%s/reveal, which is audited.', database_id);
    END IF;
    SELECT n.nspname INTO STRICT crypto
    FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace
    WHERE e.extname = 'pgcrypto';
    EXECUTE format('SELECT %1$I.pgp_pub_decrypt(decode($1, ''base64''), %1$I.dearmor($2))', crypto)
        INTO plain USING split_part(sealed, ':', 3), private_key;
    -- Before the secret stands what it was sealed for.
    RETURN regexp_replace(plain, '^drydock1 [^\n]*\n', '');
END;
$$;

CREATE OR REPLACE FUNCTION platform.refuse_older_credential() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NEW.version < OLD.version THEN
        RAISE EXCEPTION 'credential % is at version %, which can''t go back to %', OLD.id, OLD.version, NEW.version
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.version > OLD.version AND (NEW.version <> OLD.version + 1 OR NEW.ciphertext IS NOT DISTINCT FROM OLD.ciphertext) THEN
        RAISE EXCEPTION 'the version of credential % goes up by one, and together with another secret', OLD.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END;
$$;
