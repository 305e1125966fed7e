-- Migration: Changes
-- Purpose: Migrations and checks that people have run on registered databases: who may, the files that such a job works
--   with, and what checks have found.
-- Dependencies: 006_databases.sql, 007_restrictive_rls.sql, 010_jobs.sql
-- Rollback: rollback-020.sql
-- Environment: all

INSERT INTO platform.permissions (resource, action, description) VALUES
    ('migrations', 'read', 'See which migrations a database has, and what a run would do'),
    ('migrations', 'run', 'Run migrations, rollbacks and SQL checks of one''s own on a database'),
    ('validations', 'read', 'See what checks have found, with the rows that they name'),
    ('validations', 'run', 'Have a database checked');
INSERT INTO platform.role_permissions (role, permission) VALUES
    ('owner', 'migrations:read'), ('admin', 'migrations:read'), ('member', 'migrations:read'), ('viewer', 'migrations:read'),
    ('owner', 'migrations:run'), ('admin', 'migrations:run'),
    ('owner', 'validations:read'), ('admin', 'validations:read'), ('member', 'validations:read'),
    ('owner', 'validations:run'), ('admin', 'validations:run'), ('member', 'validations:run');

CREATE TABLE platform.job_files (
    job_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    files jsonb NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT job_files_pkey PRIMARY KEY (job_id),
    CONSTRAINT job_files_job_id_fkey FOREIGN KEY (job_id) REFERENCES platform.jobs (id) ON DELETE CASCADE,
    CONSTRAINT job_files_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES platform.organizations (id) ON DELETE CASCADE,
    CONSTRAINT job_files_files_check CHECK (jsonb_typeof(files) = 'array')
);
COMMENT ON TABLE platform.job_files IS 'The files that a job works with, so that any server can run it. They go with the job';
COMMENT ON COLUMN platform.job_files.files IS 'Objects with path and text';

CREATE INDEX job_files_organization_id_idx ON platform.job_files (organization_id);

CREATE TABLE platform.validations (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    organization_id uuid NOT NULL,
    project_id uuid NOT NULL,
    database_id uuid NOT NULL,
    job_id uuid,
    requested_by uuid,
    critical integer DEFAULT 0 NOT NULL,
    warning integer DEFAULT 0 NOT NULL,
    info integer DEFAULT 0 NOT NULL,
    not_checked integer DEFAULT 0 NOT NULL,
    report jsonb NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT validations_pkey PRIMARY KEY (id),
    CONSTRAINT validations_project_id_fkey FOREIGN KEY (project_id, organization_id) REFERENCES platform.projects (id, organization_id),
    CONSTRAINT validations_database_id_fkey FOREIGN KEY (database_id) REFERENCES platform.databases (id) ON DELETE CASCADE,
    CONSTRAINT validations_job_id_fkey FOREIGN KEY (job_id) REFERENCES platform.jobs (id) ON DELETE SET NULL,
    CONSTRAINT validations_requested_by_fkey FOREIGN KEY (requested_by) REFERENCES platform.users (id) ON DELETE SET NULL,
    CONSTRAINT validations_counts_check CHECK (least(critical, warning, info, not_checked) >= 0),
    CONSTRAINT validations_report_check CHECK (jsonb_typeof(report) = 'object')
);
COMMENT ON TABLE platform.validations IS 'What checks have found in a database: one row a run. Of each database the newest are kept';
COMMENT ON COLUMN platform.validations.not_checked IS 'Checks that could not be made, or only in part';
COMMENT ON COLUMN platform.validations.report IS 'As `drydock validate --json` gives it';

CREATE INDEX validations_organization_id_idx ON platform.validations (organization_id);
CREATE INDEX validations_project_id_organization_id_idx ON platform.validations (project_id, organization_id);
CREATE INDEX validations_database_id_created_at_id_idx ON platform.validations (database_id, created_at DESC, id DESC);
CREATE UNIQUE INDEX validations_job_id_idx ON platform.validations (job_id);
CREATE INDEX validations_requested_by_idx ON platform.validations (requested_by);

CREATE FUNCTION platform.grant_change_roles() RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'drydock_api') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON platform.job_files, platform.validations TO drydock_api;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'drydock_readonly') THEN
        GRANT SELECT (job_id, organization_id, created_at) ON platform.job_files TO drydock_readonly;
        GRANT SELECT (id, organization_id, project_id, database_id, job_id, requested_by, critical, warning, info, not_checked,
            created_at) ON platform.validations TO drydock_readonly;
    END IF;
END;
$$;
COMMENT ON FUNCTION platform.grant_change_roles() IS 'As grant_service_roles(), for the tables of this migration';
REVOKE EXECUTE ON FUNCTION platform.grant_change_roles() FROM PUBLIC;

SELECT platform.grant_change_roles();

ALTER TABLE platform.job_files ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.job_files FORCE ROW LEVEL SECURITY;
CREATE POLICY job_files_tenant ON platform.job_files AS RESTRICTIVE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid))
    WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid));
CREATE POLICY job_files_select ON platform.job_files FOR SELECT
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('jobs:read')));
CREATE POLICY job_files_insert ON platform.job_files FOR INSERT
    WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('jobs:run')));
CREATE POLICY job_files_update ON platform.job_files FOR UPDATE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) AND (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id());
CREATE POLICY job_files_delete ON platform.job_files FOR DELETE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) AND (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id());

ALTER TABLE platform.validations ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.validations FORCE ROW LEVEL SECURITY;
CREATE POLICY validations_tenant ON platform.validations AS RESTRICTIVE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid))
    WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid));
CREATE POLICY validations_select ON platform.validations FOR SELECT
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('validations:read')));
CREATE POLICY validations_insert ON platform.validations FOR INSERT
    WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id());
CREATE POLICY validations_update ON platform.validations FOR UPDATE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) AND (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id());
CREATE POLICY validations_delete ON platform.validations FOR DELETE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) AND (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id());
