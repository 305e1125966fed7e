-- Migration: Platform schema
-- Purpose: Organizations and their projects, the keys that protect a project's secrets, and the secrets themselves,
--   which this database only ever holds in sealed form.
-- Dependencies: none
-- Rollback: rollback-001.sql
-- Environment: all

CREATE SCHEMA platform;
COMMENT ON SCHEMA platform IS 'drydock''s control plane: who owns what, and how it is reached';

CREATE FUNCTION platform.set_updated_at() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION platform.set_updated_at() IS 'Trigger: updated_at is the time of the last change';

CREATE TABLE platform.organizations (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    status text DEFAULT 'active' NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT organizations_pkey PRIMARY KEY (id),
    CONSTRAINT organizations_slug_key UNIQUE (slug),
    CONSTRAINT organizations_slug_check CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
    CONSTRAINT organizations_name_check CHECK (length(btrim(name)) BETWEEN 1 AND 200),
    CONSTRAINT organizations_status_check CHECK (status IN ('active', 'suspended', 'closed'))
);
COMMENT ON TABLE platform.organizations IS 'The tenants: nothing of one is ever visible to another';
COMMENT ON COLUMN platform.organizations.slug IS 'Its name in addresses and on the command line';
COMMENT ON COLUMN platform.organizations.status IS 'suspended: people may read but not write; closed: kept for its records only';

CREATE TABLE platform.projects (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    organization_id uuid NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    description text DEFAULT '' NOT NULL,
    status text DEFAULT 'active' NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT projects_pkey PRIMARY KEY (id),
    CONSTRAINT projects_id_organization_id_key UNIQUE (id, organization_id),
    CONSTRAINT projects_organization_id_slug_key UNIQUE (organization_id, slug),
    CONSTRAINT projects_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES platform.organizations (id),
    CONSTRAINT projects_slug_check CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
    CONSTRAINT projects_name_check CHECK (length(btrim(name)) BETWEEN 1 AND 200),
    CONSTRAINT projects_status_check CHECK (status IN ('active', 'archived'))
);
COMMENT ON TABLE platform.projects IS 'What an organization works on: databases, secrets and limits belong to a project';
COMMENT ON CONSTRAINT projects_id_organization_id_key ON platform.projects
    IS 'For the tables below a project: they repeat organization_id, and a foreign key on both columns keeps it true';

-- People who write by SQL know the project. Its organization follows from it.
CREATE FUNCTION platform.fill_organization_id() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NEW.organization_id IS NULL AND NEW.project_id IS NOT NULL THEN
        SELECT p.organization_id INTO NEW.organization_id FROM platform.projects AS p WHERE p.id = NEW.project_id;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'project % does not exist', NEW.project_id USING ERRCODE = 'foreign_key_violation';
        END IF;
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION platform.fill_organization_id() IS 'Trigger: takes organization_id from the row''s project where it was not given';

CREATE TABLE platform.master_keys (
    id text NOT NULL,
    check_value bytea NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT master_keys_pkey PRIMARY KEY (id),
    CONSTRAINT master_keys_id_check CHECK (id ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
    CONSTRAINT master_keys_check_value_check CHECK (octet_length(check_value) = 32)
);
COMMENT ON TABLE platform.master_keys IS 'The master keys in use. The keys themselves are never in a database: drydock gets them from a file, its environment or a command';
COMMENT ON COLUMN platform.master_keys.check_value IS 'A keyed hash of a fixed text: tells at start whether the key that was loaded under this name is the right one';

CREATE TABLE platform.data_keys (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    organization_id uuid NOT NULL,
    project_id uuid NOT NULL,
    purpose text NOT NULL,
    version integer NOT NULL,
    state text DEFAULT 'active' NOT NULL,
    master_key_id text NOT NULL,
    wrap_nonce bytea,
    wrapped_key bytea,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    destroyed_at timestamptz,
    CONSTRAINT data_keys_pkey PRIMARY KEY (id),
    CONSTRAINT data_keys_id_project_id_key UNIQUE (id, project_id),
    CONSTRAINT data_keys_project_id_purpose_version_key UNIQUE (project_id, purpose, version),
    CONSTRAINT data_keys_project_id_fkey FOREIGN KEY (project_id, organization_id) REFERENCES platform.projects (id, organization_id),
    CONSTRAINT data_keys_master_key_id_fkey FOREIGN KEY (master_key_id) REFERENCES platform.master_keys (id),
    CONSTRAINT data_keys_purpose_check CHECK (purpose ~ '^[a-z][a-z0-9_]{0,62}$'),
    CONSTRAINT data_keys_version_check CHECK (version >= 1),
    CONSTRAINT data_keys_state_check CHECK (state IN ('active', 'decrypt_only', 'destroyed')),
    CONSTRAINT data_keys_wrapped_key_check CHECK (
        CASE state
            WHEN 'destroyed' THEN wrapped_key IS NULL AND wrap_nonce IS NULL AND destroyed_at IS NOT NULL
            ELSE wrapped_key IS NOT NULL AND wrap_nonce IS NOT NULL AND destroyed_at IS NULL
                AND octet_length(wrapped_key) = 48 AND octet_length(wrap_nonce) = 24
        END)
);
COMMENT ON TABLE platform.data_keys IS 'The keys of a project, one row a version, each wrapped by a master key. A destroyed one makes what it sealed unreadable for ever, in old backups too';
COMMENT ON COLUMN platform.data_keys.purpose IS 'What it seals: credentials, connection_strings ...';
COMMENT ON COLUMN platform.data_keys.state IS 'active: seals and opens; decrypt_only: replaced by a newer version, still opens; destroyed: gone';
COMMENT ON COLUMN platform.data_keys.wrapped_key IS '32 bytes of key and 16 of tag: XChaCha20-Poly1305 under the master key, bound to id, project, purpose and version';

CREATE UNIQUE INDEX data_keys_active_idx ON platform.data_keys (project_id, purpose) WHERE state = 'active';
CREATE INDEX data_keys_project_id_organization_id_idx ON platform.data_keys (project_id, organization_id);
CREATE INDEX data_keys_organization_id_idx ON platform.data_keys (organization_id);
CREATE INDEX data_keys_master_key_id_idx ON platform.data_keys (master_key_id);
COMMENT ON INDEX platform.data_keys_active_idx IS 'One key seals at a time';

CREATE TABLE platform.credentials (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    organization_id uuid NOT NULL,
    project_id uuid NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    source text NOT NULL,
    username text,
    environment_name text,
    seal_version smallint,
    seal_algorithm smallint,
    data_key_id uuid,
    nonce bytea,
    ciphertext bytea,
    version bigint DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    rotated_at timestamptz,
    CONSTRAINT credentials_pkey PRIMARY KEY (id),
    CONSTRAINT credentials_id_project_id_key UNIQUE (id, project_id),
    CONSTRAINT credentials_project_id_name_key UNIQUE (project_id, name),
    CONSTRAINT credentials_project_id_fkey FOREIGN KEY (project_id, organization_id) REFERENCES platform.projects (id, organization_id),
    CONSTRAINT credentials_data_key_id_fkey FOREIGN KEY (data_key_id, project_id) REFERENCES platform.data_keys (id, project_id),
    CONSTRAINT credentials_name_check CHECK (length(btrim(name)) BETWEEN 1 AND 200),
    CONSTRAINT credentials_kind_check CHECK (kind IN ('password', 'connection_string', 'token', 'private_key', 'certificate')),
    CONSTRAINT credentials_source_check CHECK (source IN ('sealed', 'environment')),
    CONSTRAINT credentials_environment_name_check CHECK (environment_name ~ '^[A-Za-z_][A-Za-z0-9_]{0,127}$'),
    CONSTRAINT credentials_version_check CHECK (version >= 1),
    CONSTRAINT credentials_seal_check CHECK (seal_version = 1 AND seal_algorithm = 1 AND octet_length(nonce) = 24
        AND octet_length(ciphertext) >= 80 AND (octet_length(ciphertext) - 16) % 64 = 0),
    CONSTRAINT credentials_form_check CHECK (
        CASE source
            WHEN 'sealed' THEN num_nulls(seal_version, seal_algorithm, data_key_id, nonce, ciphertext) = 0 AND environment_name IS NULL
            ELSE num_nonnulls(seal_version, seal_algorithm, data_key_id, nonce, ciphertext) = 0 AND environment_name IS NOT NULL
        END)
);
COMMENT ON TABLE platform.credentials IS 'Secrets of a project, sealed, or the name of the environment variable that holds one. There is no column for a plain text';
COMMENT ON COLUMN platform.credentials.source IS 'sealed: in this row; environment: in a variable of the server''s own environment';
COMMENT ON COLUMN platform.credentials.environment_name IS 'The variable, or the prefix of several (PG_INSTANCE_1_)';
COMMENT ON COLUMN platform.credentials.seal_version IS 'Layout of the sealed form: 1';
COMMENT ON COLUMN platform.credentials.seal_algorithm IS '1: XChaCha20-Poly1305';
COMMENT ON COLUMN platform.credentials.ciphertext IS 'Padded to 64 bytes, then the tag; bound to table, column, project, row and version, so that it opens nowhere else';
COMMENT ON COLUMN platform.credentials.version IS 'Counts the secrets that this row has held; sealing the same one anew under another key keeps it';
COMMENT ON COLUMN platform.credentials.rotated_at IS 'When the secret itself last changed';

CREATE INDEX credentials_project_id_organization_id_idx ON platform.credentials (project_id, organization_id);
CREATE INDEX credentials_organization_id_idx ON platform.credentials (organization_id);
CREATE INDEX credentials_data_key_id_project_id_idx ON platform.credentials (data_key_id, project_id);

-- An old ciphertext put back over a newer one is an attack, or a mistake that locks drydock out of its target.
CREATE FUNCTION platform.refuse_older_credential() RETURNS trigger
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
COMMENT ON FUNCTION platform.refuse_older_credential() IS 'Trigger: a credential''s version never goes back';

CREATE TRIGGER organizations_updated_at BEFORE UPDATE ON platform.organizations
    FOR EACH ROW EXECUTE FUNCTION platform.set_updated_at();
CREATE TRIGGER projects_updated_at BEFORE UPDATE ON platform.projects
    FOR EACH ROW EXECUTE FUNCTION platform.set_updated_at();
CREATE TRIGGER data_keys_fill_organization_id BEFORE INSERT ON platform.data_keys
    FOR EACH ROW EXECUTE FUNCTION platform.fill_organization_id();
CREATE TRIGGER data_keys_updated_at BEFORE UPDATE ON platform.data_keys
    FOR EACH ROW EXECUTE FUNCTION platform.set_updated_at();
CREATE TRIGGER credentials_fill_organization_id BEFORE INSERT ON platform.credentials
    FOR EACH ROW EXECUTE FUNCTION platform.fill_organization_id();
CREATE TRIGGER credentials_refuse_older BEFORE UPDATE ON platform.credentials
    FOR EACH ROW EXECUTE FUNCTION platform.refuse_older_credential();
CREATE TRIGGER credentials_updated_at BEFORE UPDATE ON platform.credentials
    FOR EACH ROW EXECUTE FUNCTION platform.set_updated_at();
