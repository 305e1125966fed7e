-- Migration: Row-level security, phase one
-- Purpose: Roles and their rights, and row-level security on every tenant's table with policies that let all rows pass.
--   So the server can run with the session settings of phase two, and be seen to set them, before anything depends
--   on it; 007_restrictive_rls.sql closes the doors.
-- Dependencies: 001_platform.sql, 002_billing.sql, 003_users.sql, 005_limits.sql, 006_databases.sql
-- Rollback: rollback-006_enable_rls.sql
-- Environment: all

-- Roles belong to the whole cluster: they are made where that is allowed, used where they are there, and done without
-- (the owner is then bound by the policies too) where neither holds.
DO $$
DECLARE
    may_create boolean := (SELECT r.rolsuper OR r.rolcreaterole FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user);
    is_superuser boolean := (SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user);
BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname IN ('drydock_api', 'drydock_readonly') AND (rolsuper OR rolbypassrls)) THEN
        RAISE EXCEPTION 'the role drydock_api or drydock_readonly is a superuser or has BYPASSRLS: row-level security would not bind it'
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = 'ALTER ROLE drydock_api NOSUPERUSER NOBYPASSRLS; the same for drydock_readonly.';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'drydock_api') THEN
        IF may_create THEN
            CREATE ROLE drydock_api NOLOGIN;
            COMMENT ON ROLE drydock_api IS 'What the drydock server is on its control plane: bound by row-level security';
            IF NOT is_superuser THEN
                GRANT drydock_api TO CURRENT_USER;
            END IF;
        ELSE
            RAISE NOTICE 'the role drydock_api is not there, and % may not create it: the server will work as its owner', current_user;
        END IF;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'drydock_readonly') THEN
        IF may_create THEN
            CREATE ROLE drydock_readonly NOLOGIN;
            COMMENT ON ROLE drydock_readonly IS 'For reports on drydock''s control plane: reads all but what is sealed or hashed';
        ELSE
            RAISE NOTICE 'the role drydock_readonly is not there, and % may not create it', current_user;
        END IF;
    END IF;
END;
$$;

CREATE FUNCTION platform.grant_service_roles() RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'drydock_api') THEN
        GRANT USAGE ON SCHEMA platform TO drydock_api;
        GRANT SELECT, INSERT, UPDATE, DELETE ON platform.organizations, platform.projects, platform.data_keys,
            platform.credentials, platform.subscriptions, platform.payment_methods, platform.invoices,
            platform.invoice_lines, platform.users, platform.user_roles, platform.project_limits,
            platform.usage_records, platform.databases TO drydock_api;
        GRANT SELECT ON platform.plans, platform.permissions, platform.role_permissions, platform.settings,
            platform.databases_safe TO drydock_api;
        -- A key's check value never changes; else a wrong key could be made to look right.
        GRANT SELECT, INSERT ON platform.master_keys TO drydock_api;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'drydock_readonly') THEN
        GRANT USAGE ON SCHEMA platform TO drydock_readonly;
        GRANT SELECT ON platform.organizations, platform.projects, platform.subscriptions, platform.invoices,
            platform.invoice_lines, platform.user_roles, platform.project_limits, platform.usage_records,
            platform.plans, platform.permissions, platform.role_permissions, platform.databases_safe TO drydock_readonly;
        GRANT SELECT (id, organization_id, project_id, purpose, version, state, master_key_id, created_at, updated_at,
            destroyed_at) ON platform.data_keys TO drydock_readonly;
        GRANT SELECT (id, organization_id, project_id, name, kind, source, username, environment_name, version,
            created_at, updated_at, rotated_at) ON platform.credentials TO drydock_readonly;
        GRANT SELECT (id, organization_id, provider, kind, brand, last4, expires_month, expires_year, is_default,
            created_at, updated_at) ON platform.payment_methods TO drydock_readonly;
        GRANT SELECT (id, email, email_canonical, display_name, kind, status, locked_until, last_login_at, created_at,
            updated_at) ON platform.users TO drydock_readonly;
        GRANT SELECT (id, organization_id, project_id, name, type, host, port, database, username, credential_id,
            credential_version, secret_state, connection_string_masked, ssl_enabled, config, metadata, status,
            health_check_status, last_health_check_at, health_check_error, created_at, updated_at)
            ON platform.databases TO drydock_readonly;
    END IF;
END;
$$;
COMMENT ON FUNCTION platform.grant_service_roles() IS
    'Gives drydock_api and drydock_readonly their rights on this schema, where they exist. For the owner to call again after somebody else has made the roles';
REVOKE EXECUTE ON FUNCTION platform.grant_service_roles() FROM PUBLIC;

SELECT platform.grant_service_roles();

ALTER TABLE platform.organizations ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.projects ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.data_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.credentials ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.subscriptions ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.payment_methods ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.invoices ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.invoice_lines ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.users ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.user_roles ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.project_limits ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.usage_records ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.databases ENABLE ROW LEVEL SECURITY;

CREATE POLICY organizations_permissive ON platform.organizations USING (true) WITH CHECK (true);
CREATE POLICY projects_permissive ON platform.projects USING (true) WITH CHECK (true);
CREATE POLICY data_keys_permissive ON platform.data_keys USING (true) WITH CHECK (true);
CREATE POLICY credentials_permissive ON platform.credentials USING (true) WITH CHECK (true);
CREATE POLICY subscriptions_permissive ON platform.subscriptions USING (true) WITH CHECK (true);
CREATE POLICY payment_methods_permissive ON platform.payment_methods USING (true) WITH CHECK (true);
CREATE POLICY invoices_permissive ON platform.invoices USING (true) WITH CHECK (true);
CREATE POLICY invoice_lines_permissive ON platform.invoice_lines USING (true) WITH CHECK (true);
CREATE POLICY users_permissive ON platform.users USING (true) WITH CHECK (true);
CREATE POLICY user_roles_permissive ON platform.user_roles USING (true) WITH CHECK (true);
CREATE POLICY project_limits_permissive ON platform.project_limits USING (true) WITH CHECK (true);
CREATE POLICY usage_records_permissive ON platform.usage_records USING (true) WITH CHECK (true);
CREATE POLICY databases_permissive ON platform.databases USING (true) WITH CHECK (true);
