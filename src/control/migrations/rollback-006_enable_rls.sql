-- Undoes 006_enable_rls.sql. The roles themselves stay: they belong to the cluster, other databases may use them, and
-- people may be members. Where they are no longer wanted: DROP ROLE drydock_api, drydock_readonly.

DROP POLICY organizations_permissive ON platform.organizations;
DROP POLICY projects_permissive ON platform.projects;
DROP POLICY data_keys_permissive ON platform.data_keys;
DROP POLICY credentials_permissive ON platform.credentials;
DROP POLICY subscriptions_permissive ON platform.subscriptions;
DROP POLICY payment_methods_permissive ON platform.payment_methods;
DROP POLICY invoices_permissive ON platform.invoices;
DROP POLICY invoice_lines_permissive ON platform.invoice_lines;
DROP POLICY users_permissive ON platform.users;
DROP POLICY user_roles_permissive ON platform.user_roles;
DROP POLICY project_limits_permissive ON platform.project_limits;
DROP POLICY usage_records_permissive ON platform.usage_records;
DROP POLICY databases_permissive ON platform.databases;

ALTER TABLE platform.organizations DISABLE ROW LEVEL SECURITY;
ALTER TABLE platform.projects DISABLE ROW LEVEL SECURITY;
ALTER TABLE platform.data_keys DISABLE ROW LEVEL SECURITY;
ALTER TABLE platform.credentials DISABLE ROW LEVEL SECURITY;
ALTER TABLE platform.subscriptions DISABLE ROW LEVEL SECURITY;
ALTER TABLE platform.payment_methods DISABLE ROW LEVEL SECURITY;
ALTER TABLE platform.invoices DISABLE ROW LEVEL SECURITY;
ALTER TABLE platform.invoice_lines DISABLE ROW LEVEL SECURITY;
ALTER TABLE platform.users DISABLE ROW LEVEL SECURITY;
ALTER TABLE platform.user_roles DISABLE ROW LEVEL SECURITY;
ALTER TABLE platform.project_limits DISABLE ROW LEVEL SECURITY;
ALTER TABLE platform.usage_records DISABLE ROW LEVEL SECURITY;
ALTER TABLE platform.databases DISABLE ROW LEVEL SECURITY;

DROP FUNCTION platform.grant_service_roles();

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'drydock_api') THEN
        REVOKE ALL ON ALL TABLES IN SCHEMA platform FROM drydock_api;
        REVOKE ALL ON SCHEMA platform FROM drydock_api;
    END IF;
    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'drydock_readonly') THEN
        REVOKE ALL ON ALL TABLES IN SCHEMA platform FROM drydock_readonly;
        REVOKE ALL ON SCHEMA platform FROM drydock_readonly;
    END IF;
END;
$$;
