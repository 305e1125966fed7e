-- Migration: Facts of databases
-- Purpose: What a registered database tells of itself, as it was asked last; and a limit of storage that holds where databases
--   come in, whichever way they come.
-- Dependencies: 005_limits.sql, 006_databases.sql, 007_restrictive_rls.sql, 014_metering.sql
-- Rollback: rollback-015.sql
-- Environment: all

CREATE TABLE platform.database_facts (
    database_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    project_id uuid NOT NULL,
    server_version text,
    facts jsonb DEFAULT '{}' NOT NULL,
    taken_at timestamptz,
    tried_at timestamptz DEFAULT now() NOT NULL,
    error text,
    CONSTRAINT database_facts_pkey PRIMARY KEY (database_id),
    CONSTRAINT database_facts_database_id_fkey FOREIGN KEY (database_id) REFERENCES platform.databases (id) ON DELETE CASCADE,
    CONSTRAINT database_facts_project_id_fkey FOREIGN KEY (project_id, organization_id) REFERENCES platform.projects (id, organization_id),
    CONSTRAINT database_facts_facts_check CHECK (jsonb_typeof(facts) = 'object'),
    CONSTRAINT database_facts_error_check CHECK (taken_at IS NOT NULL OR error IS NOT NULL)
);
COMMENT ON TABLE platform.database_facts IS 'What a registered database told of itself when it was asked last; its size is in database_sizes';
COMMENT ON COLUMN platform.database_facts.facts IS 'Texts by name, as its kind has them';
COMMENT ON COLUMN platform.database_facts.taken_at IS 'When it answered last; NULL: never yet';
COMMENT ON COLUMN platform.database_facts.error IS 'Why the last try (tried_at) gave nothing; NULL: it did';

CREATE INDEX database_facts_organization_id_idx ON platform.database_facts (organization_id);
CREATE INDEX database_facts_project_id_organization_id_idx ON platform.database_facts (project_id, organization_id);

CREATE FUNCTION platform.grant_fact_roles() RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'drydock_api') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON platform.database_facts TO drydock_api;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'drydock_readonly') THEN
        GRANT SELECT ON platform.database_facts TO drydock_readonly;
    END IF;
END;
$$;
COMMENT ON FUNCTION platform.grant_fact_roles() IS 'As grant_service_roles(), for the tables of this migration';
REVOKE EXECUTE ON FUNCTION platform.grant_fact_roles() FROM PUBLIC;

SELECT platform.grant_fact_roles();

ALTER TABLE platform.database_facts ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.database_facts FORCE ROW LEVEL SECURITY;
CREATE POLICY database_facts_tenant ON platform.database_facts AS RESTRICTIVE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid))
    WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid));
CREATE POLICY database_facts_select ON platform.database_facts FOR SELECT
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid));
CREATE POLICY database_facts_insert ON platform.database_facts FOR INSERT
    WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id());
CREATE POLICY database_facts_update ON platform.database_facts FOR UPDATE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id());
CREATE POLICY database_facts_delete ON platform.database_facts FOR DELETE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id());

CREATE OR REPLACE FUNCTION platform.keep_database_limit() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    most bigint := platform.project_limit(NEW.project_id, 'databases');
    most_bytes bigint := platform.project_limit(NEW.project_id, 'storage_bytes');
    bytes numeric;
BEGIN
    IF NEW.status = 'inactive' OR (most IS NULL AND most_bytes IS NULL) THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF OLD.status <> 'inactive' AND OLD.project_id = NEW.project_id THEN
            RETURN NEW;
        END IF;
    END IF;
    -- Two at once must not both take the last place.
    PERFORM pg_advisory_xact_lock(hashtextextended('platform.databases ' || NEW.project_id::text, 0));
    -- An upsert of a row that is there already comes by here as well.
    IF TG_OP = 'INSERT' AND EXISTS (SELECT FROM platform.databases AS d
        WHERE d.project_id = NEW.project_id AND d.name = NEW.name AND d.status <> 'inactive') THEN
        RETURN NEW;
    END IF;
    IF (SELECT count(*) FROM platform.databases AS d
        WHERE d.project_id = NEW.project_id AND d.status <> 'inactive' AND d.id <> NEW.id) >= most THEN
        RAISE EXCEPTION 'the project has reached its limit of % databases', most
            USING ERRCODE = 'configuration_limit_exceeded',
                  HINT = 'Remove one or make it inactive, or raise the limit of the project or the plan.';
    END IF;
    IF most_bytes IS NULL THEN
        RETURN NEW;
    END IF;
    -- What comes in has at least a byte; of one that was inactive the size may be known.
    bytes := (SELECT coalesce(sum(z.bytes), 0)
        FROM platform.databases AS d
        JOIN platform.database_sizes AS z ON z.database_id = d.id
        WHERE d.project_id = NEW.project_id AND d.status <> 'inactive' AND d.id <> NEW.id)
        + greatest(coalesce((SELECT z.bytes FROM platform.database_sizes AS z WHERE z.database_id = NEW.id), 0), 1);
    IF bytes > most_bytes THEN
        RAISE EXCEPTION 'the project has reached its limit of % bytes', most_bytes
            USING ERRCODE = 'configuration_limit_exceeded',
                  HINT = 'Free some storage, or raise the limit of the project or the plan.';
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION platform.keep_database_limit()
    IS 'Trigger: a project takes no more databases in (the inactive do not count) than its limits of databases and of storage allow';
