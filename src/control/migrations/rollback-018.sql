-- Undoes 018_places.sql. What a shared credential may be sent to is then the row's to say, and of nobody's seal. Refuses while
-- connection strings wait to be sealed anew, which only the newer server can open.

DO $$
BEGIN
    IF EXISTS (SELECT FROM platform.databases WHERE secret_state = 'sealed') THEN
        RAISE EXCEPTION 'connection strings wait to be sealed anew, and an older server can''t open them'
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Let the server seal them anew first.';
    END IF;
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
    RETURN plain;
END;
$$;

CREATE OR REPLACE FUNCTION platform.seal_connection_string() RETURNS trigger
    LANGUAGE plpgsql
    SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    before platform.databases;
    parts record;
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
        NEW.connection_string_encrypted := platform.seal_text(NEW.connection_string);
        NEW.connection_string := NULL;
        NEW.data_key_id := NULL;
        NEW.credential_id := NULL;
        IF TG_OP = 'UPDATE' THEN
            NEW.credential_version := before.credential_version + 1;
        END IF;
        PERFORM pg_notify('drydock_sealed', NEW.id::text);
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.credential_version < before.credential_version THEN
        RAISE EXCEPTION 'the secret of database % is at version %, which can''t go back to %',
            NEW.id, before.credential_version, NEW.credential_version USING ERRCODE = 'check_violation';
    END IF;
    -- Else whoever may edit a host could have the stored password sent to a server of their own.
    IF TG_OP = 'UPDATE' AND before.secret_state <> 'none'
        AND (NEW.connection_string_encrypted IS NOT NULL OR NEW.credential_id IS NOT NULL)
        AND NEW.credential_version = before.credential_version
        AND (NEW.project_id, NEW.type, NEW.host, NEW.port, NEW.ssl_enabled,
                NEW.config -> 'hosts', NEW.config -> 'tls', NEW.config -> 'proxy')
            IS DISTINCT FROM (before.project_id, before.type, before.host, before.port, before.ssl_enabled,
                before.config -> 'hosts', before.config -> 'tls', before.config -> 'proxy') THEN
        RAISE EXCEPTION 'to change where database % is, give its secret again', NEW.id
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Write connection_string in the same statement, or take the secret away first.';
    END IF;
    RETURN NEW;
END;
$$;

DROP FUNCTION platform.sealed_for(platform.databases);
DROP FUNCTION platform.secret_place(platform.databases);
DROP INDEX platform.databases_place_key_id_idx;
ALTER TABLE platform.databases
    DROP CONSTRAINT databases_place_key_id_check,
    DROP CONSTRAINT databases_place_sealed_check,
    DROP CONSTRAINT databases_place_key_id_fkey,
    DROP COLUMN place_key_id,
    DROP COLUMN place_sealed;
