-- Migration: Jobs, schedules and replicas
-- Purpose: Work that is done in the background, by whichever server has a hand free; what is due at which time; and which
--   servers there are.
-- Dependencies: 007_restrictive_rls.sql
-- Rollback: rollback-010.sql
-- Environment: all

INSERT INTO platform.permissions (resource, action, description) VALUES
    ('jobs', 'read', 'See jobs, what became of them, and schedules'),
    ('jobs', 'run', 'Start and cancel jobs'),
    ('schedules', 'write', 'Create, change and remove schedules');
INSERT INTO platform.role_permissions (role, permission) VALUES
    ('owner', 'jobs:read'), ('admin', 'jobs:read'), ('member', 'jobs:read'), ('viewer', 'jobs:read'),
    ('owner', 'jobs:run'), ('admin', 'jobs:run'), ('member', 'jobs:run'),
    ('owner', 'schedules:write'), ('admin', 'schedules:write');

CREATE TABLE platform.job_schedules (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    organization_id uuid,
    lane uuid GENERATED ALWAYS AS (coalesce(organization_id, '00000000-0000-0000-0000-000000000000')) STORED NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    cron text NOT NULL,
    args jsonb DEFAULT '{}' NOT NULL,
    enabled boolean DEFAULT true NOT NULL,
    catch_up text DEFAULT 'once' NOT NULL,
    next_run_at timestamptz,
    last_run_at timestamptz,
    last_job_id uuid,
    created_by uuid,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT job_schedules_pkey PRIMARY KEY (id),
    CONSTRAINT job_schedules_lane_name_key UNIQUE (lane, name),
    CONSTRAINT job_schedules_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES platform.organizations (id) ON DELETE CASCADE,
    CONSTRAINT job_schedules_name_check CHECK (length(btrim(name)) BETWEEN 1 AND 200),
    CONSTRAINT job_schedules_kind_check CHECK (kind ~ '^[a-z][a-z0-9_.]{0,62}$'),
    CONSTRAINT job_schedules_cron_check CHECK (length(cron) BETWEEN 1 AND 200),
    CONSTRAINT job_schedules_args_check CHECK (jsonb_typeof(args) = 'object' AND NOT platform.holds_secret(args)),
    CONSTRAINT job_schedules_catch_up_check CHECK (catch_up IN ('once', 'skip')),
    CONSTRAINT job_schedules_next_run_at_check CHECK (next_run_at IS NOT NULL OR NOT enabled)
);
COMMENT ON TABLE platform.job_schedules IS 'What is to be done again and again: a cron expression, read in UTC, and the job that is made each time';
COMMENT ON COLUMN platform.job_schedules.organization_id IS 'NULL: drydock''s own housekeeping, of no organization';
COMMENT ON COLUMN platform.job_schedules.catch_up IS 'When a time was missed because no server ran: once, one job for all that was missed; skip, none';
COMMENT ON COLUMN platform.job_schedules.next_run_at IS 'NULL: never';

CREATE INDEX job_schedules_organization_id_idx ON platform.job_schedules (organization_id);
CREATE INDEX job_schedules_next_run_at_idx ON platform.job_schedules (next_run_at) WHERE enabled;

CREATE TRIGGER job_schedules_updated_at BEFORE UPDATE ON platform.job_schedules
    FOR EACH ROW EXECUTE FUNCTION platform.set_updated_at();

CREATE TABLE platform.jobs (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    organization_id uuid,
    lane uuid GENERATED ALWAYS AS (coalesce(organization_id, '00000000-0000-0000-0000-000000000000')) STORED NOT NULL,
    kind text NOT NULL,
    args jsonb DEFAULT '{}' NOT NULL,
    state text DEFAULT 'queued' NOT NULL,
    priority integer DEFAULT 0 NOT NULL,
    run_at timestamptz DEFAULT now() NOT NULL,
    attempt integer DEFAULT 0 NOT NULL,
    max_attempts integer DEFAULT 1 NOT NULL,
    losses integer DEFAULT 0 NOT NULL,
    at_most_once boolean DEFAULT false NOT NULL,
    locked_by text,
    lease_until timestamptz,
    fence bigint DEFAULT 0 NOT NULL,
    sent_at timestamptz,
    cancel_requested_at timestamptz,
    dedup_key text,
    schedule_id uuid,
    due_at timestamptz,
    progress jsonb,
    result jsonb,
    error_code text,
    error_message text,
    requested_by uuid,
    created_at timestamptz DEFAULT now() NOT NULL,
    started_at timestamptz,
    finished_at timestamptz,
    CONSTRAINT jobs_pkey PRIMARY KEY (id),
    CONSTRAINT jobs_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES platform.organizations (id) ON DELETE CASCADE,
    CONSTRAINT jobs_schedule_id_fkey FOREIGN KEY (schedule_id) REFERENCES platform.job_schedules (id) ON DELETE SET NULL,
    CONSTRAINT jobs_kind_check CHECK (kind ~ '^[a-z][a-z0-9_.]{0,62}$'),
    CONSTRAINT jobs_args_check CHECK (jsonb_typeof(args) = 'object' AND NOT platform.holds_secret(args)),
    CONSTRAINT jobs_state_check CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled', 'unknown')),
    CONSTRAINT jobs_priority_check CHECK (priority BETWEEN -100 AND 100),
    CONSTRAINT jobs_attempt_check CHECK (attempt >= 0 AND max_attempts >= 1 AND losses >= 0 AND fence >= 0),
    CONSTRAINT jobs_lease_check CHECK ((state = 'running') = (locked_by IS NOT NULL) AND (state = 'running') = (lease_until IS NOT NULL)),
    CONSTRAINT jobs_finished_at_check CHECK ((state IN ('queued', 'running')) = (finished_at IS NULL)),
    CONSTRAINT jobs_sent_at_check CHECK (sent_at IS NULL OR (at_most_once AND state <> 'queued')),
    CONSTRAINT jobs_unknown_check CHECK (state <> 'unknown' OR sent_at IS NOT NULL),
    CONSTRAINT jobs_dedup_key_check CHECK (length(dedup_key) BETWEEN 1 AND 200),
    CONSTRAINT jobs_result_check CHECK (result IS NULL OR NOT platform.holds_secret(result))
);
COMMENT ON TABLE platform.jobs IS 'Work in the background: waiting, under way and done. Kept for some weeks';
COMMENT ON COLUMN platform.jobs.organization_id IS 'NULL: drydock''s own housekeeping, of no organization';
COMMENT ON COLUMN platform.jobs.lane IS 'Whose turn it is: organizations are served in turn';
COMMENT ON COLUMN platform.jobs.attempt IS 'How often it was begun, without those that were lost or handed back';
COMMENT ON COLUMN platform.jobs.losses IS 'How often the server that ran it went away';
COMMENT ON COLUMN platform.jobs.fence IS 'Raised by each claim; every write of a worker names the one that it got';
COMMENT ON COLUMN platform.jobs.sent_at IS 'Of an at-most-once job: committed before the first byte leaves. From then on it is never begun again';
COMMENT ON COLUMN platform.jobs.dedup_key IS 'Of those that are not finished there is one a lane, kind and key';
COMMENT ON COLUMN platform.jobs.due_at IS 'For which time of its schedule it was made';

CREATE INDEX jobs_organization_id_idx ON platform.jobs (organization_id);
CREATE INDEX jobs_lane_created_at_id_idx ON platform.jobs (lane, created_at DESC, id DESC);
CREATE INDEX jobs_schedule_id_due_at_idx ON platform.jobs (schedule_id, due_at);
CREATE UNIQUE INDEX jobs_schedule_id_due_at_key ON platform.jobs (schedule_id, due_at) WHERE due_at IS NOT NULL;
CREATE UNIQUE INDEX jobs_dedup_key ON platform.jobs (lane, kind, dedup_key) WHERE state IN ('queued', 'running');
CREATE INDEX jobs_queued_idx ON platform.jobs (lane, priority DESC, run_at, id) INCLUDE (kind) WHERE state = 'queued';
CREATE INDEX jobs_running_idx ON platform.jobs (lease_until) INCLUDE (lane) WHERE state = 'running';
CREATE INDEX jobs_lane_started_at_idx ON platform.jobs (lane, started_at);
CREATE INDEX jobs_finished_at_idx ON platform.jobs (finished_at) WHERE finished_at IS NOT NULL;

CREATE TABLE platform.job_attempts (
    job_id uuid NOT NULL,
    organization_id uuid,
    fence bigint NOT NULL,
    worker text NOT NULL,
    started_at timestamptz DEFAULT now() NOT NULL,
    sent_at timestamptz,
    ended_at timestamptz,
    outcome text,
    error_code text,
    error_message text,
    CONSTRAINT job_attempts_pkey PRIMARY KEY (job_id, fence),
    CONSTRAINT job_attempts_job_id_fkey FOREIGN KEY (job_id) REFERENCES platform.jobs (id) ON DELETE CASCADE,
    CONSTRAINT job_attempts_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES platform.organizations (id) ON DELETE CASCADE,
    CONSTRAINT job_attempts_outcome_check CHECK (outcome IN ('succeeded', 'failed', 'retried', 'handed_back', 'lost', 'cancelled', 'unknown'))
);
COMMENT ON TABLE platform.job_attempts IS 'Each time that a job was begun: by whom, and how it ended. A row without an end is under way';
COMMENT ON COLUMN platform.job_attempts.outcome IS 'lost: its lease ran out; handed_back: the server was stopped';

CREATE INDEX job_attempts_organization_id_idx ON platform.job_attempts (organization_id);

CREATE TABLE platform.replicas (
    id uuid NOT NULL,
    name text NOT NULL,
    version text DEFAULT '' NOT NULL,
    threads integer DEFAULT 0 NOT NULL,
    running integer DEFAULT 0 NOT NULL,
    state text DEFAULT 'serving' NOT NULL,
    started_at timestamptz DEFAULT now() NOT NULL,
    seen_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT replicas_pkey PRIMARY KEY (id),
    CONSTRAINT replicas_state_check CHECK (state IN ('serving', 'stopping', 'stopped'))
);
COMMENT ON TABLE platform.replicas IS 'The servers that work on this control plane, and when each was heard of last. Of no organization';

CREATE INDEX replicas_seen_at_idx ON platform.replicas (seen_at);

CREATE TABLE platform.job_leaders (
    task text NOT NULL,
    holder text NOT NULL,
    fence bigint DEFAULT 1 NOT NULL,
    lease_until timestamptz NOT NULL,
    CONSTRAINT job_leaders_pkey PRIMARY KEY (task)
);
COMMENT ON TABLE platform.job_leaders IS 'Who does what only one server at a time does, where a proxy lets no session lock through';

CREATE FUNCTION platform.grant_job_roles() RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'drydock_api') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON platform.jobs, platform.job_attempts, platform.job_schedules,
            platform.replicas, platform.job_leaders TO drydock_api;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'drydock_readonly') THEN
        GRANT SELECT ON platform.jobs, platform.job_attempts, platform.job_schedules, platform.replicas,
            platform.job_leaders TO drydock_readonly;
    END IF;
END;
$$;
COMMENT ON FUNCTION platform.grant_job_roles() IS 'As grant_service_roles(), for the tables of this migration';
REVOKE EXECUTE ON FUNCTION platform.grant_job_roles() FROM PUBLIC;

SELECT platform.grant_job_roles();

-- Jobs are handed out over all organizations, so here, as for the organizations themselves, drydock's own user sees all
-- rows as long as no organization is chosen. What a job does is done in its organization. A CASE, and not an OR:
-- where the first holds nothing else is asked, and the planner doesn't take it that hardly any row will pass, for then
-- it would sort all jobs that wait instead of reading the first few in order.
ALTER TABLE platform.job_schedules ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.job_schedules FORCE ROW LEVEL SECURITY;
CREATE POLICY job_schedules_tenant ON platform.job_schedules AS RESTRICTIVE
    USING (CASE WHEN (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) IS NULL THEN (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id()
        ELSE organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) END)
    WITH CHECK (CASE WHEN (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) IS NULL THEN (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id()
        ELSE organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) END);
CREATE POLICY job_schedules_select ON platform.job_schedules FOR SELECT
    USING (CASE WHEN (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) IS NULL THEN (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id()
        ELSE organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) AND (SELECT platform.current_user_can('jobs:read')) END);
CREATE POLICY job_schedules_insert ON platform.job_schedules FOR INSERT
    WITH CHECK (CASE WHEN (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) IS NULL THEN (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id()
        ELSE organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) AND (SELECT platform.current_user_can('schedules:write')) END);
CREATE POLICY job_schedules_update ON platform.job_schedules FOR UPDATE
    USING (CASE WHEN (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) IS NULL THEN (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id()
        ELSE organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) AND (SELECT platform.current_user_can('schedules:write')) END);
CREATE POLICY job_schedules_delete ON platform.job_schedules FOR DELETE
    USING (CASE WHEN (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) IS NULL THEN (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id()
        ELSE organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) AND (SELECT platform.current_user_can('schedules:write')) END);

ALTER TABLE platform.jobs ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.jobs FORCE ROW LEVEL SECURITY;
CREATE POLICY jobs_tenant ON platform.jobs AS RESTRICTIVE
    USING (CASE WHEN (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) IS NULL THEN (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id()
        ELSE organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) END)
    WITH CHECK (CASE WHEN (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) IS NULL THEN (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id()
        ELSE organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) END);
CREATE POLICY jobs_select ON platform.jobs FOR SELECT
    USING (CASE WHEN (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) IS NULL THEN (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id()
        ELSE organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) AND (SELECT platform.current_user_can('jobs:read')) END);
CREATE POLICY jobs_insert ON platform.jobs FOR INSERT
    WITH CHECK (CASE WHEN (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) IS NULL THEN (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id()
        ELSE organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) AND (SELECT platform.current_user_can('jobs:run')) END);
CREATE POLICY jobs_update ON platform.jobs FOR UPDATE
    USING (CASE WHEN (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) IS NULL THEN (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id()
        ELSE organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) AND (SELECT platform.current_user_can('jobs:run')) END);
CREATE POLICY jobs_delete ON platform.jobs FOR DELETE
    USING (CASE WHEN (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) IS NULL THEN (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id()
        ELSE organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) AND (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id() END);

ALTER TABLE platform.job_attempts ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.job_attempts FORCE ROW LEVEL SECURITY;
CREATE POLICY job_attempts_tenant ON platform.job_attempts AS RESTRICTIVE
    USING (CASE WHEN (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) IS NULL THEN (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id()
        ELSE organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) END)
    WITH CHECK (CASE WHEN (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) IS NULL THEN (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id()
        ELSE organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) END);
CREATE POLICY job_attempts_select ON platform.job_attempts FOR SELECT
    USING (CASE WHEN (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) IS NULL THEN (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id()
        ELSE organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) AND (SELECT platform.current_user_can('jobs:read')) END);
CREATE POLICY job_attempts_insert ON platform.job_attempts FOR INSERT
    WITH CHECK (CASE WHEN (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) IS NULL THEN (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id()
        ELSE organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) AND (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id() END);
CREATE POLICY job_attempts_update ON platform.job_attempts FOR UPDATE
    USING (CASE WHEN (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) IS NULL THEN (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id()
        ELSE organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) AND (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id() END);
CREATE POLICY job_attempts_delete ON platform.job_attempts FOR DELETE
    USING (CASE WHEN (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) IS NULL THEN (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id()
        ELSE organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) AND (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id() END);
