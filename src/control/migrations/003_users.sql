-- Migration: Users, roles and permissions
-- Purpose: People, their role in each organization (owner, admin, member, viewer), what each role may do, and one
--   function that answers whether somebody may do something somewhere.
-- Dependencies: 001_platform.sql
-- Rollback: rollback-003.sql
-- Environment: all

CREATE TABLE platform.users (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    email text NOT NULL,
    email_canonical text GENERATED ALWAYS AS (lower(email)) STORED NOT NULL,
    display_name text DEFAULT '' NOT NULL,
    kind text DEFAULT 'person' NOT NULL,
    status text DEFAULT 'active' NOT NULL,
    password_hash text,
    session_epoch bigint DEFAULT 1 NOT NULL,
    failed_logins integer DEFAULT 0 NOT NULL,
    locked_until timestamptz,
    last_login_at timestamptz,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_email_canonical_key UNIQUE (email_canonical),
    CONSTRAINT users_email_check CHECK (length(email) <= 254 AND email ~ '^[^@[:space:]]+@[^@[:space:]]+$'),
    CONSTRAINT users_display_name_check CHECK (length(display_name) <= 200),
    CONSTRAINT users_kind_check CHECK (kind IN ('person', 'service')),
    CONSTRAINT users_status_check CHECK (status IN ('invited', 'active', 'disabled')),
    CONSTRAINT users_password_hash_check CHECK (password_hash LIKE '$argon2id$%'),
    CONSTRAINT users_session_epoch_check CHECK (session_epoch >= 1),
    CONSTRAINT users_failed_logins_check CHECK (failed_logins >= 0)
);
COMMENT ON TABLE platform.users IS 'People and services. A person is one row, in however many organizations; user_roles says in which';
COMMENT ON COLUMN platform.users.email_canonical IS 'What a login is looked up by, and what is counted for lock-outs';
COMMENT ON COLUMN platform.users.status IS 'invited: has never set a password; disabled: may do nothing';
COMMENT ON COLUMN platform.users.password_hash IS 'Argon2id in its standard text form; NULL: no login by password';
COMMENT ON COLUMN platform.users.session_epoch IS 'Raising it ends all sessions, on every replica';

CREATE TRIGGER users_updated_at BEFORE UPDATE ON platform.users
    FOR EACH ROW EXECUTE FUNCTION platform.set_updated_at();

CREATE TABLE platform.user_roles (
    organization_id uuid NOT NULL,
    user_id uuid NOT NULL,
    role text NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT user_roles_pkey PRIMARY KEY (organization_id, user_id),
    CONSTRAINT user_roles_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES platform.organizations (id),
    CONSTRAINT user_roles_user_id_fkey FOREIGN KEY (user_id) REFERENCES platform.users (id),
    CONSTRAINT user_roles_role_check CHECK (role IN ('owner', 'admin', 'member', 'viewer'))
);
COMMENT ON TABLE platform.user_roles IS 'Who belongs to which organization, and as what: one role each';

CREATE INDEX user_roles_user_id_idx ON platform.user_roles (user_id);

CREATE TRIGGER user_roles_updated_at BEFORE UPDATE ON platform.user_roles
    FOR EACH ROW EXECUTE FUNCTION platform.set_updated_at();

CREATE TABLE platform.permissions (
    name text GENERATED ALWAYS AS (resource || ':' || action) STORED NOT NULL,
    resource text NOT NULL,
    action text NOT NULL,
    description text NOT NULL,
    CONSTRAINT permissions_pkey PRIMARY KEY (name),
    CONSTRAINT permissions_resource_check CHECK (resource ~ '^[a-z][a-z_]{0,62}$'),
    CONSTRAINT permissions_action_check CHECK (action ~ '^[a-z][a-z_]{0,62}$')
);
COMMENT ON TABLE platform.permissions IS 'Everything that can be allowed, as resource:action';

CREATE TABLE platform.role_permissions (
    role text NOT NULL,
    permission text NOT NULL,
    CONSTRAINT role_permissions_pkey PRIMARY KEY (role, permission),
    CONSTRAINT role_permissions_permission_fkey FOREIGN KEY (permission) REFERENCES platform.permissions (name),
    CONSTRAINT role_permissions_role_check CHECK (role IN ('owner', 'admin', 'member', 'viewer'))
);
COMMENT ON TABLE platform.role_permissions IS 'What a role may do. A permission that no role has is left to drydock itself';

CREATE INDEX role_permissions_permission_idx ON platform.role_permissions (permission);

INSERT INTO platform.permissions (resource, action, description) VALUES
    ('organization', 'read', 'See the organization'),
    ('organization', 'write', 'Rename the organization'),
    ('organization', 'delete', 'Close the organization'),
    ('members', 'read', 'See who belongs to the organization'),
    ('members', 'write', 'Invite and remove people, and give roles other than owner'),
    ('owners', 'write', 'Give and take the role of owner'),
    ('projects', 'read', 'See projects'),
    ('projects', 'write', 'Create and change projects'),
    ('projects', 'delete', 'Delete projects'),
    ('databases', 'read', 'See registered databases and their health'),
    ('databases', 'write', 'Register and change databases'),
    ('databases', 'delete', 'Remove databases from the registry'),
    ('databases', 'test', 'Connect to a database to test it'),
    ('credentials', 'read', 'See which credentials exist, never their secrets'),
    ('credentials', 'write', 'Store and replace secrets'),
    ('credentials', 'delete', 'Delete credentials'),
    ('credentials', 'reveal', 'See one secret in clear, which is audited'),
    ('keys', 'write', 'Rotate and destroy a project''s keys'),
    ('limits', 'read', 'See limits'),
    ('limits', 'write', 'Change limits'),
    ('usage', 'read', 'See usage'),
    ('usage', 'write', 'Record usage'),
    ('billing', 'read', 'See payment methods and invoices'),
    ('billing', 'write', 'Change the plan and payment methods'),
    ('invoices', 'write', 'Compute and issue invoices');

INSERT INTO platform.role_permissions (role, permission)
SELECT 'owner', name FROM platform.permissions WHERE name NOT IN ('usage:write', 'invoices:write')
UNION ALL
SELECT 'admin', name FROM platform.permissions
WHERE name NOT IN ('usage:write', 'invoices:write', 'organization:delete', 'owners:write', 'billing:write', 'credentials:reveal')
UNION ALL
SELECT 'member', name FROM platform.permissions
WHERE (action = 'read' AND resource <> 'billing')
   OR name IN ('databases:write', 'databases:test', 'credentials:write')
UNION ALL
SELECT 'viewer', name FROM platform.permissions WHERE action = 'read' AND resource <> 'billing';

CREATE FUNCTION platform.system_user_id() RETURNS uuid
    LANGUAGE sql
    IMMUTABLE PARALLEL SAFE
RETURN '00000000-0000-4000-8000-000000000000'::uuid;
COMMENT ON FUNCTION platform.system_user_id() IS 'The user that drydock''s own jobs act as: may do everything in the organization they work on';

INSERT INTO platform.users (id, email, display_name, kind)
VALUES (platform.system_user_id(), 'system@drydock.invalid', 'drydock', 'service');

CREATE FUNCTION platform.user_has_permission(a_user uuid, an_organization uuid, a_permission text) RETURNS boolean
    LANGUAGE sql
    STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT an_organization IS NOT NULL AND CASE
        WHEN a_user = platform.system_user_id() THEN EXISTS (
            SELECT FROM platform.permissions AS p WHERE p.name = a_permission)
        ELSE EXISTS (
            SELECT
            FROM platform.user_roles AS r
            JOIN platform.users AS u ON u.id = r.user_id
            JOIN platform.organizations AS o ON o.id = r.organization_id
            JOIN platform.role_permissions AS p ON p.role = r.role
            WHERE r.user_id = a_user
              AND r.organization_id = an_organization
              AND u.status = 'active'
              AND (o.status = 'active' OR a_permission LIKE '%:read')
              AND p.permission = a_permission)
        END;
$$;
COMMENT ON FUNCTION platform.user_has_permission(uuid, uuid, text)
    IS 'Whether a user may do resource:action in an organization. Never NULL; false for what does not exist. Runs with the caller''s rights: where row-level security hides the organization, the answer is false';

CREATE FUNCTION platform.current_user_can(a_permission text) RETURNS boolean
    LANGUAGE sql
    STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT platform.user_has_permission(
        nullif(current_setting('app.current_user_id', true), '')::uuid,
        nullif(current_setting('app.current_org_id', true), '')::uuid,
        a_permission);
$$;
COMMENT ON FUNCTION platform.current_user_can(text)
    IS 'The same for the user and organization of this transaction: app.current_user_id and app.current_org_id';
