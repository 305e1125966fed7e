-- Undoes 007_restrictive_rls.sql: back to policies that let all rows pass. From that moment organizations are kept apart
-- by the server's own conditions alone.

ALTER TABLE platform.organizations NO FORCE ROW LEVEL SECURITY;
ALTER TABLE platform.projects NO FORCE ROW LEVEL SECURITY;
ALTER TABLE platform.data_keys NO FORCE ROW LEVEL SECURITY;
ALTER TABLE platform.credentials NO FORCE ROW LEVEL SECURITY;
ALTER TABLE platform.subscriptions NO FORCE ROW LEVEL SECURITY;
ALTER TABLE platform.payment_methods NO FORCE ROW LEVEL SECURITY;
ALTER TABLE platform.invoices NO FORCE ROW LEVEL SECURITY;
ALTER TABLE platform.invoice_lines NO FORCE ROW LEVEL SECURITY;
ALTER TABLE platform.users NO FORCE ROW LEVEL SECURITY;
ALTER TABLE platform.user_roles NO FORCE ROW LEVEL SECURITY;
ALTER TABLE platform.project_limits NO FORCE ROW LEVEL SECURITY;
ALTER TABLE platform.usage_records NO FORCE ROW LEVEL SECURITY;
ALTER TABLE platform.databases NO FORCE ROW LEVEL SECURITY;

DROP POLICY organizations_delete ON platform.organizations;
DROP POLICY organizations_update ON platform.organizations;
DROP POLICY organizations_insert ON platform.organizations;
DROP POLICY organizations_select ON platform.organizations;
DROP POLICY organizations_tenant ON platform.organizations;

DROP POLICY projects_delete ON platform.projects;
DROP POLICY projects_update ON platform.projects;
DROP POLICY projects_insert ON platform.projects;
DROP POLICY projects_select ON platform.projects;
DROP POLICY projects_tenant ON platform.projects;

DROP POLICY data_keys_delete ON platform.data_keys;
DROP POLICY data_keys_update ON platform.data_keys;
DROP POLICY data_keys_insert ON platform.data_keys;
DROP POLICY data_keys_select ON platform.data_keys;
DROP POLICY data_keys_tenant ON platform.data_keys;

DROP POLICY credentials_delete ON platform.credentials;
DROP POLICY credentials_update ON platform.credentials;
DROP POLICY credentials_insert ON platform.credentials;
DROP POLICY credentials_select ON platform.credentials;
DROP POLICY credentials_tenant ON platform.credentials;

DROP POLICY subscriptions_delete ON platform.subscriptions;
DROP POLICY subscriptions_update ON platform.subscriptions;
DROP POLICY subscriptions_insert ON platform.subscriptions;
DROP POLICY subscriptions_select ON platform.subscriptions;
DROP POLICY subscriptions_tenant ON platform.subscriptions;

DROP POLICY payment_methods_delete ON platform.payment_methods;
DROP POLICY payment_methods_update ON platform.payment_methods;
DROP POLICY payment_methods_insert ON platform.payment_methods;
DROP POLICY payment_methods_select ON platform.payment_methods;
DROP POLICY payment_methods_tenant ON platform.payment_methods;

DROP POLICY invoices_delete ON platform.invoices;
DROP POLICY invoices_update ON platform.invoices;
DROP POLICY invoices_insert ON platform.invoices;
DROP POLICY invoices_select ON platform.invoices;
DROP POLICY invoices_tenant ON platform.invoices;

DROP POLICY invoice_lines_delete ON platform.invoice_lines;
DROP POLICY invoice_lines_update ON platform.invoice_lines;
DROP POLICY invoice_lines_insert ON platform.invoice_lines;
DROP POLICY invoice_lines_select ON platform.invoice_lines;
DROP POLICY invoice_lines_tenant ON platform.invoice_lines;

DROP POLICY users_delete ON platform.users;
DROP POLICY users_update ON platform.users;
DROP POLICY users_insert ON platform.users;
DROP POLICY users_select ON platform.users;
DROP POLICY users_tenant ON platform.users;

DROP POLICY user_roles_delete ON platform.user_roles;
DROP POLICY user_roles_update ON platform.user_roles;
DROP POLICY user_roles_insert ON platform.user_roles;
DROP POLICY user_roles_select ON platform.user_roles;
DROP POLICY user_roles_tenant ON platform.user_roles;

DROP POLICY project_limits_delete ON platform.project_limits;
DROP POLICY project_limits_update ON platform.project_limits;
DROP POLICY project_limits_insert ON platform.project_limits;
DROP POLICY project_limits_select ON platform.project_limits;
DROP POLICY project_limits_tenant ON platform.project_limits;

DROP POLICY usage_records_delete ON platform.usage_records;
DROP POLICY usage_records_update ON platform.usage_records;
DROP POLICY usage_records_insert ON platform.usage_records;
DROP POLICY usage_records_select ON platform.usage_records;
DROP POLICY usage_records_tenant ON platform.usage_records;

DROP POLICY databases_delete ON platform.databases;
DROP POLICY databases_update ON platform.databases;
DROP POLICY databases_insert ON platform.databases;
DROP POLICY databases_select ON platform.databases;
DROP POLICY databases_tenant ON platform.databases;

DROP FUNCTION platform.organization_is_new(uuid);

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
