-- Migration: Registry
-- Purpose: What the server keeps about the databases it looks after: the measured rights of their logins, the rotation of
--   their passwords in steps that survive a crash, and the private half of the key that SQL seals connection strings to.
-- Dependencies: 006_databases.sql, 007_restrictive_rls.sql
-- Rollback: rollback-013.sql
-- Environment: all

CREATE TABLE platform.sealing_keys (
    key_id text NOT NULL,
    master_key_id text NOT NULL,
    private_key text NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT sealing_keys_pkey PRIMARY KEY (key_id),
    CONSTRAINT sealing_keys_master_key_id_fkey FOREIGN KEY (master_key_id) REFERENCES platform.master_keys (id),
    CONSTRAINT sealing_keys_key_id_check CHECK (key_id ~ '^[0-9A-F]{16}$'),
    CONSTRAINT sealing_keys_private_key_check CHECK (private_key ~ '^ddk1\.[A-Za-z0-9_-]{162,}$')
);
COMMENT ON TABLE platform.sealing_keys IS 'The private halves of settings.sealing_public_key, present and former, each sealed by a master key. Not of any tenant';
COMMENT ON COLUMN platform.sealing_keys.key_id IS 'As it stands in pgp:<key id>:<base64>';

CREATE INDEX sealing_keys_master_key_id_idx ON platform.sealing_keys (master_key_id);

-- The server works in a role that may not write settings. Several servers may start at once: the first one's key stays.
CREATE FUNCTION platform.set_sealing_key(a_key_id text, a_public_key text, a_master_key text, a_private_key text, replace_it boolean DEFAULT false)
    RETURNS boolean
    LANGUAGE plpgsql
    VOLATILE
    SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF nullif(current_setting('app.current_user_id', true), '')::uuid IS DISTINCT FROM platform.system_user_id() THEN
        RAISE EXCEPTION 'only the server itself sets the sealing key' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('platform.sealing_keys', 0));
    IF NOT replace_it AND EXISTS (
        SELECT FROM platform.settings AS s WHERE s.name = 'sealing_public_key')
        AND EXISTS (SELECT FROM platform.sealing_keys) THEN
        RETURN false;
    END IF;
    INSERT INTO platform.sealing_keys (key_id, master_key_id, private_key) VALUES (a_key_id, a_master_key, a_private_key);
    INSERT INTO platform.settings (name, value) VALUES ('sealing_public_key', a_public_key)
    ON CONFLICT ON CONSTRAINT settings_pkey DO UPDATE SET value = excluded.value;
    RETURN true;
END;
$$;
COMMENT ON FUNCTION platform.set_sealing_key(text, text, text, text, boolean) IS
    'Stores a new key for sealing by SQL and puts it in use; false, and nothing done, where there is one already and it is not to be replaced';
REVOKE EXECUTE ON FUNCTION platform.set_sealing_key(text, text, text, text, boolean) FROM PUBLIC;

CREATE FUNCTION platform.retire_master_key(a_key text) RETURNS void
    LANGUAGE plpgsql
    VOLATILE
    SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF nullif(current_setting('app.current_user_id', true), '')::uuid IS DISTINCT FROM platform.system_user_id() THEN
        RAISE EXCEPTION 'only the server itself retires a master key' USING ERRCODE = 'insufficient_privilege';
    END IF;
    DELETE FROM platform.master_keys AS k WHERE k.id = a_key;
END;
$$;
COMMENT ON FUNCTION platform.retire_master_key(text) IS
    'Forgets a master key; the foreign keys refuse it while anything is wrapped by that key';
REVOKE EXECUTE ON FUNCTION platform.retire_master_key(text) FROM PUBLIC;

-- Whoever seals holds this lock to the end of the transaction, and who puts another key in its place takes it alone:
-- so once a key is replaced, nothing sealed with it can turn up any more.
CREATE FUNCTION platform.active_data_key(a_project uuid, a_purpose text)
    RETURNS TABLE (id uuid, version integer, master_key_id text, wrap_nonce text, wrapped_key text)
    LANGUAGE plpgsql
    VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('platform.data_keys ' || a_project::text || ' ' || a_purpose, 0));
    RETURN QUERY
    SELECT k.id, k.version, k.master_key_id, encode(k.wrap_nonce, 'hex'), encode(k.wrapped_key, 'hex')
    FROM platform.data_keys AS k
    WHERE k.project_id = a_project AND k.purpose = a_purpose AND k.state = 'active';
END;
$$;
COMMENT ON FUNCTION platform.active_data_key(uuid, text) IS 'The key to seal with until the end of this transaction; nothing where the project has none for this purpose yet';

-- Whatever table it is that names the key: only what nothing needs any more may be destroyed.
CREATE FUNCTION platform.data_key_references(a_key uuid) RETURNS bigint
    LANGUAGE plpgsql
    STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    referrer record;
    here bigint;
    total bigint := 0;
BEGIN
    FOR referrer IN
        SELECT c.conrelid::regclass AS name, a.attname
        FROM pg_constraint AS c JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
        WHERE c.contype = 'f' AND c.confrelid = 'platform.data_keys'::regclass AND c.conparentid = 0
    LOOP
        EXECUTE format('SELECT count(*) FROM %s AS t WHERE t.%I = $1', referrer.name, referrer.attname) INTO here USING a_key;
        total := total + here;
    END LOOP;
    RETURN total;
END;
$$;
COMMENT ON FUNCTION platform.data_key_references(uuid) IS 'How many values, in all tables that refer to data keys, are sealed with this one';

CREATE TABLE platform.credential_rotations (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    organization_id uuid NOT NULL,
    project_id uuid NOT NULL,
    database_id uuid NOT NULL,
    state text DEFAULT 'planned' NOT NULL,
    username text NOT NULL,
    new_secret text,
    old_secret text,
    data_key_id uuid,
    secret_version bigint DEFAULT 1 NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    error text,
    requested_by uuid,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    finished_at timestamptz,
    CONSTRAINT credential_rotations_pkey PRIMARY KEY (id),
    CONSTRAINT credential_rotations_project_id_fkey FOREIGN KEY (project_id, organization_id) REFERENCES platform.projects (id, organization_id),
    CONSTRAINT credential_rotations_database_id_fkey FOREIGN KEY (database_id) REFERENCES platform.databases (id) ON DELETE CASCADE,
    CONSTRAINT credential_rotations_data_key_id_fkey FOREIGN KEY (data_key_id, project_id) REFERENCES platform.data_keys (id, project_id),
    CONSTRAINT credential_rotations_requested_by_fkey FOREIGN KEY (requested_by) REFERENCES platform.users (id) ON DELETE SET NULL,
    CONSTRAINT credential_rotations_state_check CHECK (state IN ('planned', 'stored', 'applied', 'verified', 'promoted', 'revoked', 'failed')),
    CONSTRAINT credential_rotations_new_secret_check CHECK (new_secret ~ '^ddk1\.[A-Za-z0-9_-]{162,}$'),
    CONSTRAINT credential_rotations_old_secret_check CHECK (old_secret ~ '^ddk1\.[A-Za-z0-9_-]{162,}$'),
    CONSTRAINT credential_rotations_secrets_check CHECK (
        CASE WHEN state IN ('stored', 'applied', 'verified', 'promoted') THEN num_nulls(new_secret, old_secret, data_key_id) = 0
             ELSE num_nonnulls(new_secret, old_secret, data_key_id) = 0 END),
    CONSTRAINT credential_rotations_error_check CHECK (length(error) <= 2000),
    CONSTRAINT credential_rotations_finished_at_check CHECK ((finished_at IS NOT NULL) = (state IN ('revoked', 'failed')))
);
COMMENT ON TABLE platform.credential_rotations IS 'New passwords on their way to a database. The new one is stored before the database hears of it, so that a crash at any moment loses neither';
COMMENT ON COLUMN platform.credential_rotations.state IS
    'planned; stored: the new secret is here; applied: the database takes it; verified: it was signed in with; promoted: it is the one in use; revoked: the old one is taken no more; failed: nothing was changed';
COMMENT ON COLUMN platform.credential_rotations.new_secret IS 'Sealed; gone once it is no longer needed here';
COMMENT ON COLUMN platform.credential_rotations.secret_version IS 'What the sealed values are bound to';

CREATE UNIQUE INDEX credential_rotations_open_idx ON platform.credential_rotations (database_id)
    WHERE state NOT IN ('revoked', 'failed');
CREATE INDEX credential_rotations_database_id_idx ON platform.credential_rotations (database_id, created_at);
CREATE INDEX credential_rotations_project_id_organization_id_idx ON platform.credential_rotations (project_id, organization_id);
CREATE INDEX credential_rotations_organization_id_idx ON platform.credential_rotations (organization_id);
CREATE INDEX credential_rotations_data_key_id_idx ON platform.credential_rotations (data_key_id, project_id);
CREATE INDEX credential_rotations_requested_by_idx ON platform.credential_rotations (requested_by);
COMMENT ON INDEX platform.credential_rotations_open_idx IS 'One at a time';

CREATE TRIGGER credential_rotations_updated_at BEFORE UPDATE ON platform.credential_rotations
    FOR EACH ROW EXECUTE FUNCTION platform.set_updated_at();

CREATE TABLE platform.database_rights (
    database_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    project_id uuid NOT NULL,
    login text NOT NULL,
    worst text NOT NULL,
    rights jsonb DEFAULT '[]' NOT NULL,
    server_version text NOT NULL,
    measured_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT database_rights_pkey PRIMARY KEY (database_id),
    CONSTRAINT database_rights_database_id_fkey FOREIGN KEY (database_id) REFERENCES platform.databases (id) ON DELETE CASCADE,
    CONSTRAINT database_rights_project_id_fkey FOREIGN KEY (project_id, organization_id) REFERENCES platform.projects (id, organization_id),
    CONSTRAINT database_rights_worst_check CHECK (worst IN ('info', 'warning', 'danger')),
    CONSTRAINT database_rights_rights_check CHECK (jsonb_typeof(rights) = 'array')
);
COMMENT ON TABLE platform.database_rights IS 'What the login of a registered database may do there, as it was measured at the last test';
COMMENT ON COLUMN platform.database_rights.rights IS 'Objects with name, severity, message and detail; the worst first';

CREATE INDEX database_rights_organization_id_idx ON platform.database_rights (organization_id);
CREATE INDEX database_rights_project_id_organization_id_idx ON platform.database_rights (project_id, organization_id);

CREATE FUNCTION platform.grant_registry_roles() RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'drydock_api') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON platform.credential_rotations, platform.database_rights TO drydock_api;
        GRANT SELECT, UPDATE (master_key_id, private_key) ON platform.sealing_keys TO drydock_api;
        GRANT EXECUTE ON FUNCTION platform.set_sealing_key(text, text, text, text, boolean) TO drydock_api;
        GRANT EXECUTE ON FUNCTION platform.retire_master_key(text) TO drydock_api;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'drydock_readonly') THEN
        GRANT SELECT ON platform.database_rights TO drydock_readonly;
        GRANT SELECT (id, organization_id, project_id, database_id, state, username, secret_version, attempts, error,
            requested_by, created_at, updated_at, finished_at) ON platform.credential_rotations TO drydock_readonly;
        GRANT SELECT (key_id, master_key_id, created_at) ON platform.sealing_keys TO drydock_readonly;
    END IF;
END;
$$;
COMMENT ON FUNCTION platform.grant_registry_roles() IS 'As grant_service_roles(), for the tables of this migration';
REVOKE EXECUTE ON FUNCTION platform.grant_registry_roles() FROM PUBLIC;

SELECT platform.grant_registry_roles();

ALTER TABLE platform.credential_rotations ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.credential_rotations FORCE ROW LEVEL SECURITY;
CREATE POLICY credential_rotations_tenant ON platform.credential_rotations AS RESTRICTIVE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid))
    WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid));
CREATE POLICY credential_rotations_select ON platform.credential_rotations FOR SELECT
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid));
CREATE POLICY credential_rotations_insert ON platform.credential_rotations FOR INSERT
    WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('credentials:write')));
CREATE POLICY credential_rotations_update ON platform.credential_rotations FOR UPDATE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('credentials:write')));
CREATE POLICY credential_rotations_delete ON platform.credential_rotations FOR DELETE
    USING ((SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id());

ALTER TABLE platform.database_rights ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.database_rights FORCE ROW LEVEL SECURITY;
CREATE POLICY database_rights_tenant ON platform.database_rights AS RESTRICTIVE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid))
    WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid));
CREATE POLICY database_rights_select ON platform.database_rights FOR SELECT
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid));
CREATE POLICY database_rights_insert ON platform.database_rights FOR INSERT
    WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('databases:test')));
CREATE POLICY database_rights_update ON platform.database_rights FOR UPDATE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('databases:test')));
CREATE POLICY database_rights_delete ON platform.database_rights FOR DELETE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('databases:delete')));
