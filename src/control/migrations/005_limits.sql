-- Migration: Limits and usage
-- Purpose: How much a project may have (databases, storage), how much it has used, and one function that says which
--   limit holds: the project's own, else its organization's plan's.
-- Dependencies: 001_platform.sql, 002_billing.sql
-- Rollback: rollback-005.sql
-- Environment: all

CREATE TABLE platform.project_limits (
    project_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    max_databases bigint,
    max_storage_bytes bigint,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT project_limits_pkey PRIMARY KEY (project_id),
    CONSTRAINT project_limits_project_id_fkey FOREIGN KEY (project_id, organization_id)
        REFERENCES platform.projects (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT project_limits_max_databases_check CHECK (max_databases >= 0),
    CONSTRAINT project_limits_max_storage_bytes_check CHECK (max_storage_bytes >= 0)
);
COMMENT ON TABLE platform.project_limits IS 'Limits that a project has of its own; NULL is as its plan says';

CREATE INDEX project_limits_project_id_organization_id_idx ON platform.project_limits (project_id, organization_id);
CREATE INDEX project_limits_organization_id_idx ON platform.project_limits (organization_id);

CREATE TABLE platform.usage_records (
    id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
    organization_id uuid NOT NULL,
    project_id uuid NOT NULL,
    metric text NOT NULL,
    period_start timestamptz NOT NULL,
    period_end timestamptz NOT NULL,
    quantity numeric(24, 6) NOT NULL,
    recorded_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT usage_records_pkey PRIMARY KEY (id),
    CONSTRAINT usage_records_project_id_metric_period_start_key UNIQUE (project_id, metric, period_start),
    CONSTRAINT usage_records_project_id_fkey FOREIGN KEY (project_id, organization_id)
        REFERENCES platform.projects (id, organization_id),
    CONSTRAINT usage_records_metric_check CHECK (metric ~ '^[a-z][a-z0-9_]{0,62}$'),
    CONSTRAINT usage_records_period_check CHECK (period_end > period_start),
    CONSTRAINT usage_records_quantity_check CHECK (quantity >= 0)
);
COMMENT ON TABLE platform.usage_records IS 'What a project used of something in a period. Recording a period again replaces it, so metering may be repeated';
COMMENT ON COLUMN platform.usage_records.metric IS 'databases, storage_bytes, backup_bytes ...';
COMMENT ON COLUMN platform.usage_records.quantity IS 'An amount (the average over the period) or a count (its sum), as the metric means it';

CREATE INDEX usage_records_organization_id_period_start_idx ON platform.usage_records (organization_id, period_start);
CREATE INDEX usage_records_project_id_organization_id_idx ON platform.usage_records (project_id, organization_id);

CREATE TRIGGER project_limits_fill_organization_id BEFORE INSERT ON platform.project_limits
    FOR EACH ROW EXECUTE FUNCTION platform.fill_organization_id();
CREATE TRIGGER project_limits_updated_at BEFORE UPDATE ON platform.project_limits
    FOR EACH ROW EXECUTE FUNCTION platform.set_updated_at();
CREATE TRIGGER usage_records_fill_organization_id BEFORE INSERT ON platform.usage_records
    FOR EACH ROW EXECUTE FUNCTION platform.fill_organization_id();

CREATE FUNCTION platform.project_limit(a_project uuid, a_metric text) RETURNS bigint
    LANGUAGE sql
    STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE a_metric
        WHEN 'databases' THEN coalesce(l.max_databases, n.max_databases)
        WHEN 'storage_bytes' THEN coalesce(l.max_storage_bytes, n.max_storage_bytes)
        END
    FROM platform.projects AS p
    LEFT JOIN platform.project_limits AS l ON l.project_id = p.id
    LEFT JOIN platform.subscriptions AS s ON s.organization_id = p.organization_id AND s.status <> 'cancelled'
    LEFT JOIN platform.plans AS n ON n.code = s.plan_code
    WHERE p.id = a_project;
$$;
COMMENT ON FUNCTION platform.project_limit(uuid, text)
    IS 'The limit of a project for a metric (databases, storage_bytes); NULL is without limit';
