-- Migration: Registered databases
-- Purpose: The registry of databases, with the functions and views that people and programs use it by. A connection
--   string written by SQL is sealed with a public key before it is stored: this database can't open it, only the
--   drydock server can. Where that is not possible (no pgcrypto, no public key yet) the write is refused.
-- Dependencies: 001_platform.sql, 002_billing.sql, 005_limits.sql
-- Rollback: rollback-006_databases.sql
-- Environment: all

-- pgcrypto is optional. Its schema tells the rollback whose it is: one that was there before lives elsewhere.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'pgcrypto') THEN
        RETURN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_available_extensions WHERE name = 'pgcrypto') THEN
        RAISE NOTICE 'pgcrypto is not available here: connection strings can be stored through drydock, not by SQL';
        RETURN;
    END IF;
    CREATE EXTENSION pgcrypto WITH SCHEMA platform;
EXCEPTION
    WHEN lock_not_available OR deadlock_detected OR admin_shutdown THEN
        RAISE;
    WHEN OTHERS THEN
        RAISE NOTICE 'pgcrypto could not be installed (%): connection strings can be stored through drydock, not by SQL', SQLERRM;
END;
$$;

CREATE TABLE platform.settings (
    name text NOT NULL,
    value text NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT settings_pkey PRIMARY KEY (name),
    CONSTRAINT settings_value_check CHECK (
        CASE name
            WHEN 'sealing_public_key' THEN value LIKE '-----BEGIN PGP PUBLIC KEY BLOCK-----%' AND value NOT LIKE '%PRIVATE KEY%'
            WHEN 'reveal_mode' THEN value IN ('api', 'pgcrypto')
            WHEN 'profile' THEN value IN ('production', 'development')
            ELSE false
        END)
);
COMMENT ON TABLE platform.settings IS 'What the functions of this schema go by. Holds nothing secret; only the owner writes it';
COMMENT ON COLUMN platform.settings.name IS
    'sealing_public_key: ASCII-armoured OpenPGP (RSA or Elgamal), to which connection strings are sealed; reveal_mode: api (the decrypt function refuses) or pgcrypto (it opens sealed values with a key given in the transaction); profile: production refuses reveal_mode pgcrypto';

INSERT INTO platform.settings (name, value) VALUES ('reveal_mode', 'api'), ('profile', 'production');

CREATE TRIGGER settings_updated_at BEFORE UPDATE ON platform.settings
    FOR EACH ROW EXECUTE FUNCTION platform.set_updated_at();

CREATE FUNCTION platform.holds_secret(value jsonb) RETURNS boolean
    LANGUAGE sql
    IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT jsonb_path_exists(value, 'strict $.** ? (@.type() == "object").keyvalue() ? (@.key like_regex
               "(password|passwd|pwd|secret|private_?key|(auth|api|access|refresh|bearer)_?token|connection_?(string|uri|url))$" flag "i"
               && @.value.type() == "string")')
        OR jsonb_path_exists(value, 'strict $.** ? (@.type() == "string" && @ like_regex "://[^/@\\s]*:[^/@\\s]+@")');
$$;
COMMENT ON FUNCTION platform.holds_secret(jsonb) IS 'Whether a document has a key that is named as secrets are, or an address with a password in it, at any depth';

CREATE TABLE platform.databases (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    organization_id uuid NOT NULL,
    project_id uuid NOT NULL,
    name text NOT NULL,
    type text NOT NULL,
    host text,
    port integer,
    database text,
    username text,
    connection_string text,
    connection_string_encrypted text,
    data_key_id uuid,
    credential_id uuid,
    credential_version bigint DEFAULT 1 NOT NULL,
    secret_state text GENERATED ALWAYS AS (
        CASE
            WHEN connection_string_encrypted LIKE 'pgp:%' THEN 'sealed'
            WHEN connection_string_encrypted IS NOT NULL THEN 'encrypted'
            WHEN credential_id IS NOT NULL THEN 'credential'
            ELSE 'none'
        END) STORED NOT NULL,
    connection_string_masked text GENERATED ALWAYS AS (
        type || '://' || coalesce(username, '')
        || CASE WHEN connection_string_encrypted IS NOT NULL OR credential_id IS NOT NULL THEN ':****@'
                WHEN username IS NOT NULL THEN '@' ELSE '' END
        || host || coalesce(':' || port::text, '') || coalesce('/' || database, '')) STORED,
    ssl_enabled boolean DEFAULT true NOT NULL,
    config jsonb DEFAULT '{}' NOT NULL,
    metadata jsonb DEFAULT '{}' NOT NULL,
    status text DEFAULT 'active' NOT NULL,
    health_check_status text DEFAULT 'unknown' NOT NULL,
    last_health_check_at timestamptz,
    health_check_error text,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT databases_pkey PRIMARY KEY (id),
    CONSTRAINT databases_project_id_name_key UNIQUE (project_id, name),
    CONSTRAINT databases_project_id_fkey FOREIGN KEY (project_id, organization_id) REFERENCES platform.projects (id, organization_id),
    CONSTRAINT databases_data_key_id_fkey FOREIGN KEY (data_key_id, project_id) REFERENCES platform.data_keys (id, project_id),
    CONSTRAINT databases_credential_id_fkey FOREIGN KEY (credential_id, project_id) REFERENCES platform.credentials (id, project_id),
    CONSTRAINT databases_name_check CHECK (length(btrim(name)) BETWEEN 1 AND 200),
    CONSTRAINT databases_type_check CHECK (type IN ('mongodb', 'redis', 'postgresql')),
    CONSTRAINT databases_host_check CHECK (host <> '' AND host !~ '[@[:space:]]' AND host NOT LIKE '%://%'),
    CONSTRAINT databases_port_check CHECK (port BETWEEN 1 AND 65535),
    CONSTRAINT databases_connection_string_check CHECK (connection_string IS NULL),
    CONSTRAINT databases_connection_string_encrypted_check CHECK (
        connection_string_encrypted ~ '^(ddk1\.[A-Za-z0-9_-]{162,}|pgp:[0-9A-F]{16}:[A-Za-z0-9+/]{100,}={0,2})$'),
    CONSTRAINT databases_data_key_id_check CHECK ((data_key_id IS NOT NULL) = (coalesce(connection_string_encrypted, '') LIKE 'ddk1.%')),
    CONSTRAINT databases_one_secret_check CHECK (num_nonnulls(connection_string_encrypted, credential_id) <= 1),
    CONSTRAINT databases_credential_version_check CHECK (credential_version >= 1),
    CONSTRAINT databases_config_check CHECK (jsonb_typeof(config) = 'object' AND NOT platform.holds_secret(config)),
    CONSTRAINT databases_metadata_check CHECK (jsonb_typeof(metadata) = 'object' AND NOT platform.holds_secret(metadata)),
    CONSTRAINT databases_status_check CHECK (status IN ('active', 'inactive', 'error', 'maintenance')),
    CONSTRAINT databases_health_check_status_check CHECK (health_check_status IN ('healthy', 'unhealthy', 'unknown'))
);
COMMENT ON TABLE platform.databases IS 'The databases that drydock knows, looks after and lets people query';
COMMENT ON COLUMN platform.databases.name IS 'What people call it: once a project';
COMMENT ON COLUMN platform.databases.database IS 'Its name on its server; for Redis, its number';
COMMENT ON COLUMN platform.databases.connection_string IS
    'Write only: what is written here is sealed into connection_string_encrypted before the row is stored. Always NULL';
COMMENT ON COLUMN platform.databases.connection_string_encrypted IS
    'pgp:<key id>:<base64>: sealed by SQL with the public key, which drydock seals anew on its next round; ddk1.<base64url>: sealed by drydock with the project''s data key';
COMMENT ON COLUMN platform.databases.data_key_id IS 'The key that a ddk1 value is sealed with';
COMMENT ON COLUMN platform.databases.credential_id IS 'The credential it logs in with, where it has no connection string of its own';
COMMENT ON COLUMN platform.databases.credential_version IS
    'Counts the secrets that this row has held. It never goes back, and where the secret is sent (project, type, host, port, TLS) changes only together with it';
COMMENT ON COLUMN platform.databases.secret_state IS 'none; sealed or encrypted: in this row; credential: in another';
COMMENT ON COLUMN platform.databases.connection_string_masked IS 'For people: put together from the columns here, never from the secret';
COMMENT ON COLUMN platform.databases.config IS
    'How to connect and look after it: time limits, pool sizes. Its keys hosts (further ones), tls and proxy say where the secret is sent. No secrets';
COMMENT ON COLUMN platform.databases.metadata IS 'What people and programs note about it. No secrets';
COMMENT ON COLUMN platform.databases.status IS 'What it is meant to be, set by people; health_check_status is what was measured';
COMMENT ON COLUMN platform.databases.updated_at IS 'Of what people set; a health check does not count';

CREATE INDEX databases_project_id_idx ON platform.databases (project_id, organization_id);
CREATE INDEX databases_organization_id_idx ON platform.databases (organization_id);
CREATE INDEX databases_type_idx ON platform.databases (type);
CREATE INDEX databases_status_idx ON platform.databases (status);
CREATE INDEX databases_project_id_type_status_idx ON platform.databases (project_id, type, status);
CREATE INDEX databases_health_check_status_idx ON platform.databases (health_check_status, last_health_check_at);
CREATE INDEX databases_created_at_idx ON platform.databases (created_at);
CREATE INDEX databases_updated_at_idx ON platform.databases (updated_at);
CREATE INDEX databases_data_key_id_idx ON platform.databases (data_key_id, project_id);
CREATE INDEX databases_credential_id_idx ON platform.databases (credential_id, project_id);
CREATE INDEX databases_sealed_idx ON platform.databases (id) WHERE secret_state = 'sealed';
COMMENT ON INDEX platform.databases_sealed_idx IS 'What waits to be sealed anew by drydock';

-- The parts of an address that may be shown. Strict: with anything unusual in it (a second @, white space, a bare
-- slash in the password) it gives nothing at all rather than a piece of the password.
CREATE FUNCTION platform.connection_string_parts(
    IN connection_string text, OUT host text, OUT port integer, OUT database text, OUT username text)
    LANGUAGE sql
    IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT m[5],
           m[6]::integer,
           nullif(m[7], ''),
           -- redis://word@host: some mean a user, some a password.
           CASE WHEN m[1] NOT LIKE 'redis%' OR m[3] IS NOT NULL THEN nullif(m[2], '') END
    FROM regexp_match(connection_string,
        '^(postgres|postgresql|mongodb|mongodb\+srv|redis|rediss)://'
        '(?:([A-Za-z0-9._~%+-]*)(:([^@/?#[:space:]]*))?@)?'
        '([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?'
        '(?:/([A-Za-z0-9._~%-]*))?(?:\?[^@[:space:]]*)?$') AS m;
$$;
COMMENT ON FUNCTION platform.connection_string_parts(text) IS 'Host, port, database and user of a connection address; all NULL where they can''t be told from its secret with certainty';

CREATE FUNCTION platform.seal_text(plain text) RETURNS text
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    crypto text;
    public_key text;
    sealed text;
BEGIN
    SELECT n.nspname INTO crypto
    FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace
    WHERE e.extname = 'pgcrypto';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the connection string was not stored: without the extension pgcrypto nothing here can seal it'
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = 'Register the database through drydock (drydock db register, or POST /api/v2/databases), or install pgcrypto.';
    END IF;
    SELECT s.value INTO public_key FROM platform.settings AS s WHERE s.name = 'sealing_public_key';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the connection string was not stored: there is no public key to seal it with'
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = 'The drydock server sets one at its first start. Until then register databases through drydock.';
    END IF;
    EXECUTE format(
        $sql$SELECT 'pgp:' || upper(%1$I.pgp_key_id(key)) || ':' || translate(encode(
                 %1$I.pgp_pub_encrypt($1, key, 'cipher-algo=aes256, compress-algo=0'), 'base64'), E'\n', '')
             FROM %1$I.dearmor($2) AS key$sql$, crypto)
        INTO sealed USING plain, public_key;
    RETURN sealed;
END;
$$;
COMMENT ON FUNCTION platform.seal_text(text) IS 'Encrypts to the public key of platform.settings. Nothing in this database can undo it';
REVOKE EXECUTE ON FUNCTION platform.seal_text(text) FROM PUBLIC;

-- Runs as the owner, so that people who may write databases need no rights on keys and settings.
CREATE FUNCTION platform.seal_connection_string() RETURNS trigger
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
COMMENT ON FUNCTION platform.seal_connection_string() IS
    'Trigger: seals a connection string as it is written, and keeps a stored secret from being sent elsewhere';
REVOKE EXECUTE ON FUNCTION platform.seal_connection_string() FROM PUBLIC;

CREATE FUNCTION platform.keep_database_limit() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    most bigint;
BEGIN
    IF NEW.status = 'inactive' THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF OLD.status <> 'inactive' AND OLD.project_id = NEW.project_id THEN
            RETURN NEW;
        END IF;
    END IF;
    most := platform.project_limit(NEW.project_id, 'databases');
    IF most IS NULL THEN
        RETURN NEW;
    END IF;
    -- Two at once must not both take the last place.
    PERFORM pg_advisory_xact_lock(hashtextextended('platform.databases ' || NEW.project_id::text, 0));
    IF (SELECT count(*) FROM platform.databases AS d
        WHERE d.project_id = NEW.project_id AND d.status <> 'inactive' AND d.id <> NEW.id) >= most THEN
        -- An upsert of a row that is there already comes by here as well.
        IF TG_OP = 'INSERT' AND EXISTS (SELECT FROM platform.databases AS d
            WHERE d.project_id = NEW.project_id AND d.name = NEW.name AND d.status <> 'inactive') THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'the project has reached its limit of % databases', most
            USING ERRCODE = 'configuration_limit_exceeded',
                  HINT = 'Remove one or make it inactive, or raise the limit of the project or the plan.';
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION platform.keep_database_limit() IS 'Trigger: a project has no more databases (the inactive do not count) than its limit';

-- Triggers of one moment run in the order of their names.
CREATE TRIGGER databases_fill_organization_id BEFORE INSERT ON platform.databases
    FOR EACH ROW EXECUTE FUNCTION platform.fill_organization_id();
CREATE TRIGGER databases_limit BEFORE INSERT OR UPDATE OF status, project_id ON platform.databases
    FOR EACH ROW EXECUTE FUNCTION platform.keep_database_limit();
CREATE TRIGGER databases_seal BEFORE INSERT OR UPDATE ON platform.databases
    FOR EACH ROW EXECUTE FUNCTION platform.seal_connection_string();
CREATE TRIGGER databases_updated_at
    BEFORE UPDATE OF project_id, name, type, host, port, database, username, connection_string, connection_string_encrypted,
        credential_id, credential_version, ssl_enabled, config, metadata, status ON platform.databases
    FOR EACH ROW EXECUTE FUNCTION platform.set_updated_at();
-- Also where a replica applies changes, or a session has switched triggers off: no road leads past the sealing.
ALTER TABLE platform.databases ENABLE ALWAYS TRIGGER databases_seal;

-- By default refuses: a secret is shown by the server, which checks who asks, notes it in the audit log, and alone
-- has the keys. The other mode is for moving in from a system that read secrets by SQL.
CREATE FUNCTION platform.decrypt_database_connection_string(database_id uuid) RETURNS text
    LANGUAGE plpgsql
    VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    mode text := (SELECT s.value FROM platform.settings AS s WHERE s.name = 'reveal_mode');
    profile text := (SELECT s.value FROM platform.settings AS s WHERE s.name = 'profile');
    private_key text := nullif(current_setting('app.database_decryption_key', true), '');
    crypto text;
    sealed text;
    plain text;
BEGIN
    IF mode IS DISTINCT FROM 'pgcrypto' OR profile IS DISTINCT FROM 'development' THEN
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
COMMENT ON FUNCTION platform.decrypt_database_connection_string(uuid) IS
    'Refuses (42501), with a hint to the audited call, unless platform.settings allows otherwise';

-- In both views the organization's condition stands a second time: before PostgreSQL 15 a view reads with its owner's
-- rights, and an owner that is a superuser passes row-level security. It holds from the moment the policies are forced.
CREATE VIEW platform.databases_safe WITH (security_barrier = true) AS
SELECT d.id, d.organization_id, d.project_id, d.name, d.type, d.host, d.port, d.database, d.username,
       d.connection_string_masked AS connection_string, d.secret_state, d.credential_id, d.credential_version,
       d.ssl_enabled, d.config, d.metadata, d.status, d.health_check_status, d.last_health_check_at,
       d.health_check_error, d.created_at, d.updated_at
FROM platform.databases AS d
WHERE (SELECT NOT c.relforcerowsecurity FROM pg_catalog.pg_class AS c WHERE c.oid = 'platform.databases'::pg_catalog.regclass)
   OR d.organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid);
COMMENT ON VIEW platform.databases_safe IS 'The registered databases without their secrets; connection_string is masked. For every role';

CREATE VIEW platform.databases_with_connection_strings WITH (security_barrier = true) AS
SELECT d.id, d.organization_id, d.project_id, d.name, d.type, d.host, d.port, d.database, d.username,
       platform.decrypt_database_connection_string(d.id) AS connection_string, d.secret_state, d.credential_id,
       d.credential_version, d.ssl_enabled, d.config, d.metadata, d.status, d.health_check_status,
       d.last_health_check_at, d.health_check_error, d.created_at, d.updated_at
FROM platform.databases AS d
WHERE (SELECT NOT c.relforcerowsecurity FROM pg_catalog.pg_class AS c WHERE c.oid = 'platform.databases'::pg_catalog.regclass)
   OR d.organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid);
COMMENT ON VIEW platform.databases_with_connection_strings IS
    'The registered databases with their secrets, for no role: refuses as decrypt_database_connection_string does';

DO $$
BEGIN
    IF current_setting('server_version_num')::integer >= 150000 THEN
        ALTER VIEW platform.databases_safe SET (security_invoker = true);
        ALTER VIEW platform.databases_with_connection_strings SET (security_invoker = true);
    END IF;
END;
$$;

CREATE FUNCTION platform.get_project_databases(a_project uuid, a_type text DEFAULT NULL) RETURNS SETOF platform.databases_safe
    LANGUAGE sql
    STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT d.*
    FROM platform.databases_safe AS d
    WHERE d.project_id = a_project
      AND d.status <> 'inactive'
      AND (a_type IS NULL OR d.type = a_type)
    ORDER BY d.name;
$$;
COMMENT ON FUNCTION platform.get_project_databases(uuid, text) IS 'A project''s databases, of one type or all, without the inactive';

CREATE FUNCTION platform.update_database_health(database_id uuid, health text, error text DEFAULT NULL) RETURNS boolean
    LANGUAGE sql
    VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
    WITH changed AS (
        UPDATE platform.databases AS d
        SET health_check_status = health,
            last_health_check_at = now(),
            health_check_error = CASE WHEN health <> 'healthy' THEN left(
                regexp_replace(
                    regexp_replace(error, '://[^[:space:]]*@', '://****@', 'g'),
                    '(password|passwd|pwd|secret)([[:space:]]*[=:][[:space:]]*)[^[:space:]]+', '\1\2****', 'gi'), 2000) END
        WHERE d.id = database_id
        RETURNING d.id)
    SELECT EXISTS (SELECT FROM changed);
$$;
COMMENT ON FUNCTION platform.update_database_health(uuid, text, text) IS
    'Notes the result of a health check, passwords in its error masked; false where there is no such database';
