-- Migration: Row-level security, phase two
-- Purpose: From here on a transaction sees and changes the rows of its own organization (app.current_org_id) and nothing
--   else, and changes only what the role of its user (app.current_user_id) allows. Without these settings it sees nothing.
-- Dependencies: 002_billing.sql, 003_users.sql, 005_limits.sql, 006_databases.sql, 006_enable_rls.sql,
--   006_add_registration.sql
-- Rollback: rollback-007.sql
-- Environment: all

-- A single USING (true) that is left over would let everything through, so the old policies go first, and each table
-- gets a restrictive policy on top: whatever is allowed later, it stays within the organization.
-- After SET LOCAL a setting is '' and not NULL, hence nullif; the sub-select is computed once a statement, not a row.
-- No policy calls a function that reads a table whose own reading policy calls it back: user_roles and users are read
-- by conditions alone.

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

CREATE FUNCTION platform.organization_is_new(an_organization uuid) RETURNS boolean
    LANGUAGE sql
    STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT NOT EXISTS (SELECT FROM platform.user_roles AS r WHERE r.organization_id = an_organization);
$$;
COMMENT ON FUNCTION platform.organization_is_new(uuid) IS 'Whether an organization has no members yet: its founder may then become its first owner';

-- organizations: before one is chosen, people see those that they belong to, and drydock's own jobs see which there are.
CREATE POLICY organizations_tenant ON platform.organizations AS RESTRICTIVE
    USING (id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        OR ((SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) IS NULL
            AND ((SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id()
                OR id IN (SELECT r.organization_id FROM platform.user_roles AS r WHERE r.user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid)))))
    WITH CHECK (id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid));
CREATE POLICY organizations_select ON platform.organizations FOR SELECT
    USING (id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        OR ((SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) IS NULL
            AND ((SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id()
                OR id IN (SELECT r.organization_id FROM platform.user_roles AS r WHERE r.user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid)))));
CREATE POLICY organizations_insert ON platform.organizations FOR INSERT
    WITH CHECK (id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) AND (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) IS NOT NULL);
CREATE POLICY organizations_update ON platform.organizations FOR UPDATE
    USING (id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) AND (SELECT platform.current_user_can('organization:write')));
CREATE POLICY organizations_delete ON platform.organizations FOR DELETE
    USING (id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) AND (SELECT platform.current_user_can('organization:delete')));
ALTER TABLE platform.organizations FORCE ROW LEVEL SECURITY;

-- user_roles: the same before an organization is chosen. Only an owner makes or unmakes owners.
CREATE POLICY user_roles_tenant ON platform.user_roles AS RESTRICTIVE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        OR ((SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) IS NULL AND user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid)))
    WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid));
CREATE POLICY user_roles_select ON platform.user_roles FOR SELECT
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        OR ((SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) IS NULL AND user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid)));
CREATE POLICY user_roles_insert ON platform.user_roles FOR INSERT
    WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (((SELECT platform.current_user_can('members:write')) AND (role <> 'owner' OR (SELECT platform.current_user_can('owners:write'))))
            OR (role = 'owner' AND user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) AND platform.organization_is_new(organization_id))));
CREATE POLICY user_roles_update ON platform.user_roles FOR UPDATE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('members:write')) AND (role <> 'owner' OR (SELECT platform.current_user_can('owners:write'))));
CREATE POLICY user_roles_delete ON platform.user_roles FOR DELETE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('members:write')) AND (role <> 'owner' OR (SELECT platform.current_user_can('owners:write'))));
ALTER TABLE platform.user_roles FORCE ROW LEVEL SECURITY;

-- users: a person may belong to several organizations, so an administrator of one must not change the person (a new
-- password would open the others too): they invite, and give and take roles. A login finds its user by the address
-- that was typed in (app.current_login), and goes on as that user.
CREATE POLICY users_tenant ON platform.users AS RESTRICTIVE
    USING (id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid)
        OR email_canonical = (SELECT nullif(lower(current_setting('app.current_login', true)), ''))
        OR id IN (SELECT r.user_id FROM platform.user_roles AS r WHERE r.organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)))
    WITH CHECK (id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid)
        OR (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id()
        OR (status = 'invited' AND password_hash IS NULL AND kind = 'person'));
CREATE POLICY users_select ON platform.users FOR SELECT
    USING (id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid)
        OR email_canonical = (SELECT nullif(lower(current_setting('app.current_login', true)), ''))
        OR id IN (SELECT r.user_id FROM platform.user_roles AS r WHERE r.organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)));
CREATE POLICY users_insert ON platform.users FOR INSERT
    WITH CHECK ((SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id() OR (SELECT platform.current_user_can('members:write')));
CREATE POLICY users_update ON platform.users FOR UPDATE
    USING (id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) OR (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id());
CREATE POLICY users_delete ON platform.users FOR DELETE
    USING ((SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id());
ALTER TABLE platform.users FORCE ROW LEVEL SECURITY;

CREATE POLICY projects_tenant ON platform.projects AS RESTRICTIVE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid))
    WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid));
CREATE POLICY projects_select ON platform.projects FOR SELECT
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid));
CREATE POLICY projects_insert ON platform.projects FOR INSERT
    WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('projects:write')));
CREATE POLICY projects_update ON platform.projects FOR UPDATE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('projects:write')));
CREATE POLICY projects_delete ON platform.projects FOR DELETE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('projects:delete')));
ALTER TABLE platform.projects FORCE ROW LEVEL SECURITY;

CREATE POLICY data_keys_tenant ON platform.data_keys AS RESTRICTIVE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid))
    WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid));
CREATE POLICY data_keys_select ON platform.data_keys FOR SELECT
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid));
CREATE POLICY data_keys_insert ON platform.data_keys FOR INSERT
    WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('keys:write')));
CREATE POLICY data_keys_update ON platform.data_keys FOR UPDATE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('keys:write')));
CREATE POLICY data_keys_delete ON platform.data_keys FOR DELETE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('keys:write')));
ALTER TABLE platform.data_keys FORCE ROW LEVEL SECURITY;

CREATE POLICY credentials_tenant ON platform.credentials AS RESTRICTIVE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid))
    WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid));
CREATE POLICY credentials_select ON platform.credentials FOR SELECT
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid));
CREATE POLICY credentials_insert ON platform.credentials FOR INSERT
    WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('credentials:write')));
CREATE POLICY credentials_update ON platform.credentials FOR UPDATE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('credentials:write')));
CREATE POLICY credentials_delete ON platform.credentials FOR DELETE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('credentials:delete')));
ALTER TABLE platform.credentials FORCE ROW LEVEL SECURITY;

CREATE POLICY subscriptions_tenant ON platform.subscriptions AS RESTRICTIVE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid))
    WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid));
CREATE POLICY subscriptions_select ON platform.subscriptions FOR SELECT
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid));
CREATE POLICY subscriptions_insert ON platform.subscriptions FOR INSERT
    WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('billing:write')));
CREATE POLICY subscriptions_update ON platform.subscriptions FOR UPDATE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('billing:write')));
CREATE POLICY subscriptions_delete ON platform.subscriptions FOR DELETE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('billing:write')));
ALTER TABLE platform.subscriptions FORCE ROW LEVEL SECURITY;

CREATE POLICY payment_methods_tenant ON platform.payment_methods AS RESTRICTIVE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid))
    WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid));
CREATE POLICY payment_methods_select ON platform.payment_methods FOR SELECT
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('billing:read')));
CREATE POLICY payment_methods_insert ON platform.payment_methods FOR INSERT
    WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('billing:write')));
CREATE POLICY payment_methods_update ON platform.payment_methods FOR UPDATE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('billing:write')));
CREATE POLICY payment_methods_delete ON platform.payment_methods FOR DELETE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('billing:write')));
ALTER TABLE platform.payment_methods FORCE ROW LEVEL SECURITY;

CREATE POLICY invoices_tenant ON platform.invoices AS RESTRICTIVE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid))
    WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid));
CREATE POLICY invoices_select ON platform.invoices FOR SELECT
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('billing:read')));
CREATE POLICY invoices_insert ON platform.invoices FOR INSERT
    WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('invoices:write')));
CREATE POLICY invoices_update ON platform.invoices FOR UPDATE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('invoices:write')));
CREATE POLICY invoices_delete ON platform.invoices FOR DELETE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('invoices:write')));
ALTER TABLE platform.invoices FORCE ROW LEVEL SECURITY;

CREATE POLICY invoice_lines_tenant ON platform.invoice_lines AS RESTRICTIVE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid))
    WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid));
CREATE POLICY invoice_lines_select ON platform.invoice_lines FOR SELECT
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('billing:read')));
CREATE POLICY invoice_lines_insert ON platform.invoice_lines FOR INSERT
    WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('invoices:write')));
CREATE POLICY invoice_lines_update ON platform.invoice_lines FOR UPDATE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('invoices:write')));
CREATE POLICY invoice_lines_delete ON platform.invoice_lines FOR DELETE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('invoices:write')));
ALTER TABLE platform.invoice_lines FORCE ROW LEVEL SECURITY;

CREATE POLICY project_limits_tenant ON platform.project_limits AS RESTRICTIVE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid))
    WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid));
CREATE POLICY project_limits_select ON platform.project_limits FOR SELECT
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid));
CREATE POLICY project_limits_insert ON platform.project_limits FOR INSERT
    WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('limits:write')));
CREATE POLICY project_limits_update ON platform.project_limits FOR UPDATE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('limits:write')));
CREATE POLICY project_limits_delete ON platform.project_limits FOR DELETE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('limits:write')));
ALTER TABLE platform.project_limits FORCE ROW LEVEL SECURITY;

CREATE POLICY usage_records_tenant ON platform.usage_records AS RESTRICTIVE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid))
    WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid));
CREATE POLICY usage_records_select ON platform.usage_records FOR SELECT
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid));
CREATE POLICY usage_records_insert ON platform.usage_records FOR INSERT
    WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('usage:write')));
CREATE POLICY usage_records_update ON platform.usage_records FOR UPDATE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('usage:write')));
CREATE POLICY usage_records_delete ON platform.usage_records FOR DELETE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('usage:write')));
ALTER TABLE platform.usage_records FORCE ROW LEVEL SECURITY;

CREATE POLICY databases_tenant ON platform.databases AS RESTRICTIVE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid))
    WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid));
CREATE POLICY databases_select ON platform.databases FOR SELECT
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid));
CREATE POLICY databases_insert ON platform.databases FOR INSERT
    WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('databases:write')));
CREATE POLICY databases_update ON platform.databases FOR UPDATE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('databases:write')));
CREATE POLICY databases_delete ON platform.databases FOR DELETE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('databases:delete')));
ALTER TABLE platform.databases FORCE ROW LEVEL SECURITY;
