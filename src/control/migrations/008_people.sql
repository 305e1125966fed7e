-- Migration: Signing in
-- Purpose: Sessions and their refresh tokens, second factors, API tokens, invitations, password resets, sign-in by other
--   providers, and the counters of failed attempts. What belongs to one person is seen by that person alone, also by no
--   administrator; tokens are stored as hashes.
-- Dependencies: 007_restrictive_rls.sql
-- Rollback: rollback-008.sql
-- Environment: all

-- Who presents a token shows who they are: app.current_login holds "token:" and the hash in place of an address, and
-- the one row of that token is then seen. An address always has an "@", so neither passes for the other.
CREATE FUNCTION platform.presented_token() RETURNS bytea
    LANGUAGE sql
    STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT decode(substring(current_setting('app.current_login', true) FROM '^token:([0-9a-f]{64})$'), 'hex');
$$;
COMMENT ON FUNCTION platform.presented_token() IS 'The hash of the token that was presented in this transaction; NULL where there is none';

CREATE FUNCTION platform.system_is_at_large() RETURNS boolean
    LANGUAGE sql
    STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(nullif(current_setting('app.current_user_id', true), '')::uuid = platform.system_user_id(), false)
        AND coalesce(current_setting('app.current_org_id', true), '') = '';
$$;
COMMENT ON FUNCTION platform.system_is_at_large() IS 'Whether this is drydock''s own work that is about no organization: it clears away what has ended, and seals second factors anew';

CREATE TABLE platform.sessions (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    user_id uuid NOT NULL,
    chosen_organization_id uuid,
    epoch bigint NOT NULL,
    methods text[] NOT NULL,
    user_agent text DEFAULT '' NOT NULL,
    address text DEFAULT '' NOT NULL,
    stepped_up_at timestamptz,
    created_at timestamptz DEFAULT now() NOT NULL,
    last_seen_at timestamptz DEFAULT now() NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    end_reason text,
    CONSTRAINT sessions_pkey PRIMARY KEY (id),
    CONSTRAINT sessions_id_user_id_key UNIQUE (id, user_id),
    CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES platform.users (id) ON DELETE CASCADE,
    CONSTRAINT sessions_chosen_organization_id_fkey FOREIGN KEY (chosen_organization_id) REFERENCES platform.organizations (id) ON DELETE SET NULL,
    CONSTRAINT sessions_methods_check CHECK (cardinality(methods) > 0 AND methods <@ ARRAY['password', 'totp', 'recovery_code', 'oidc']),
    CONSTRAINT sessions_user_agent_check CHECK (length(user_agent) <= 400),
    CONSTRAINT sessions_address_check CHECK (length(address) <= 64),
    CONSTRAINT sessions_end_reason_check CHECK ((ended_at IS NULL) = (end_reason IS NULL)
        AND end_reason IN ('logged_out', 'logged_out_everywhere', 'password_changed', 'password_reset', 'token_reused', 'disabled'))
);
COMMENT ON TABLE platform.sessions IS 'One row a device that somebody is signed in on. It lives while its refresh token is renewed';
COMMENT ON COLUMN platform.sessions.chosen_organization_id IS 'Which organization the person works in at the moment; their role there is asked for anew each time';
COMMENT ON COLUMN platform.sessions.epoch IS 'users.session_epoch at the sign-in: a session of an older epoch is over';
COMMENT ON COLUMN platform.sessions.methods IS 'By what the person proved who they are';
COMMENT ON COLUMN platform.sessions.stepped_up_at IS 'When they last did so: dangerous calls want that to be a few minutes ago';

CREATE INDEX sessions_user_id_idx ON platform.sessions (user_id);
CREATE INDEX sessions_chosen_organization_id_idx ON platform.sessions (chosen_organization_id);
CREATE INDEX sessions_expires_at_idx ON platform.sessions (expires_at);

CREATE TABLE platform.refresh_tokens (
    token_hash bytea NOT NULL,
    session_id uuid NOT NULL,
    user_id uuid NOT NULL,
    generation integer NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    CONSTRAINT refresh_tokens_pkey PRIMARY KEY (token_hash),
    CONSTRAINT refresh_tokens_session_id_generation_key UNIQUE (session_id, generation),
    CONSTRAINT refresh_tokens_session_id_user_id_fkey FOREIGN KEY (session_id, user_id) REFERENCES platform.sessions (id, user_id) ON DELETE CASCADE,
    CONSTRAINT refresh_tokens_token_hash_check CHECK (octet_length(token_hash) = 32),
    CONSTRAINT refresh_tokens_generation_check CHECK (generation >= 1)
);
COMMENT ON TABLE platform.refresh_tokens IS 'The refresh tokens of a session, spent ones too: who comes with a spent one has stolen it or was stolen from, and the session ends';

CREATE INDEX refresh_tokens_session_id_user_id_idx ON platform.refresh_tokens (session_id, user_id);
-- However many ask at the same time: a session has one token that can still be used, never two.
CREATE UNIQUE INDEX refresh_tokens_live_key ON platform.refresh_tokens (session_id) WHERE used_at IS NULL;

CREATE TABLE platform.second_factors (
    user_id uuid NOT NULL,
    sealed_secret text NOT NULL,
    master_key_id text NOT NULL,
    last_step bigint,
    created_at timestamptz DEFAULT now() NOT NULL,
    confirmed_at timestamptz,
    CONSTRAINT second_factors_pkey PRIMARY KEY (user_id),
    CONSTRAINT second_factors_user_id_fkey FOREIGN KEY (user_id) REFERENCES platform.users (id) ON DELETE CASCADE,
    CONSTRAINT second_factors_sealed_secret_check CHECK (sealed_secret LIKE 'ddk1.%')
);
COMMENT ON TABLE platform.second_factors IS 'One authenticator app a person (RFC 6238)';
COMMENT ON COLUMN platform.second_factors.sealed_secret IS 'Sealed with a key that is made from a master key and stored nowhere';
COMMENT ON COLUMN platform.second_factors.master_key_id IS 'That master key';
COMMENT ON COLUMN platform.second_factors.last_step IS 'The step of the last code that was taken: no code of it or of an earlier one is taken again';
COMMENT ON COLUMN platform.second_factors.confirmed_at IS 'NULL: shown to the person, who has not answered with a code yet; not asked for at the sign-in';

CREATE TABLE platform.recovery_codes (
    user_id uuid NOT NULL,
    code_hash bytea NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    used_at timestamptz,
    CONSTRAINT recovery_codes_pkey PRIMARY KEY (user_id, code_hash),
    CONSTRAINT recovery_codes_user_id_fkey FOREIGN KEY (user_id) REFERENCES platform.users (id) ON DELETE CASCADE,
    CONSTRAINT recovery_codes_code_hash_check CHECK (octet_length(code_hash) = 32)
);
COMMENT ON TABLE platform.recovery_codes IS 'What stands in for a lost authenticator app, once each';

CREATE TABLE platform.password_resets (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    user_id uuid NOT NULL,
    token_hash bytea NOT NULL,
    created_by uuid NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    CONSTRAINT password_resets_pkey PRIMARY KEY (id),
    CONSTRAINT password_resets_token_hash_key UNIQUE (token_hash),
    CONSTRAINT password_resets_user_id_fkey FOREIGN KEY (user_id) REFERENCES platform.users (id) ON DELETE CASCADE,
    CONSTRAINT password_resets_token_hash_check CHECK (octet_length(token_hash) = 32)
);
COMMENT ON TABLE platform.password_resets IS 'Links by which somebody sets a new password without the old one';
COMMENT ON COLUMN platform.password_resets.created_by IS 'Who made the link; the system user: the operator of the server';

CREATE INDEX password_resets_user_id_idx ON platform.password_resets (user_id);

CREATE TABLE platform.user_identities (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    user_id uuid NOT NULL,
    issuer text NOT NULL,
    subject text NOT NULL,
    subject_hash bytea NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT user_identities_pkey PRIMARY KEY (id),
    CONSTRAINT user_identities_issuer_subject_key UNIQUE (issuer, subject),
    CONSTRAINT user_identities_subject_hash_key UNIQUE (subject_hash),
    CONSTRAINT user_identities_user_id_fkey FOREIGN KEY (user_id) REFERENCES platform.users (id) ON DELETE CASCADE,
    CONSTRAINT user_identities_issuer_check CHECK (issuer LIKE 'http%' AND length(issuer) <= 500),
    CONSTRAINT user_identities_subject_check CHECK (length(subject) BETWEEN 1 AND 255),
    CONSTRAINT user_identities_subject_hash_check CHECK (octet_length(subject_hash) = 32)
);
COMMENT ON TABLE platform.user_identities IS 'As whom another provider knows a person. Issuer and subject tell, an address never does';
COMMENT ON COLUMN platform.user_identities.subject_hash IS 'Of issuer and subject: what is presented at the sign-in, as the hash of a token is';

CREATE INDEX user_identities_user_id_idx ON platform.user_identities (user_id);

CREATE TABLE platform.invitations (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    organization_id uuid NOT NULL,
    email text NOT NULL,
    role text NOT NULL,
    token_hash bytea NOT NULL,
    invited_by uuid NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    expires_at timestamptz NOT NULL,
    accepted_at timestamptz,
    accepted_by uuid,
    revoked_at timestamptz,
    CONSTRAINT invitations_pkey PRIMARY KEY (id),
    CONSTRAINT invitations_token_hash_key UNIQUE (token_hash),
    CONSTRAINT invitations_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES platform.organizations (id) ON DELETE CASCADE,
    CONSTRAINT invitations_invited_by_fkey FOREIGN KEY (invited_by) REFERENCES platform.users (id) ON DELETE CASCADE,
    CONSTRAINT invitations_accepted_by_fkey FOREIGN KEY (accepted_by) REFERENCES platform.users (id) ON DELETE SET NULL,
    CONSTRAINT invitations_email_check CHECK (length(email) <= 254 AND email ~ '^[^@[:space:]]+@[^@[:space:]]+$'),
    CONSTRAINT invitations_role_check CHECK (role IN ('owner', 'admin', 'member', 'viewer')),
    CONSTRAINT invitations_token_hash_check CHECK (octet_length(token_hash) = 32)
);
COMMENT ON TABLE platform.invitations IS 'Who was asked into an organization. Whether the address is a known person''s is not told to who invites';
COMMENT ON COLUMN platform.invitations.invited_by IS 'The invitation dies with their right to invite';

CREATE INDEX invitations_organization_id_idx ON platform.invitations (organization_id);
CREATE INDEX invitations_invited_by_idx ON platform.invitations (invited_by);
CREATE INDEX invitations_accepted_by_idx ON platform.invitations (accepted_by);

CREATE TABLE platform.api_tokens (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    organization_id uuid NOT NULL,
    user_id uuid NOT NULL,
    name text NOT NULL,
    token_hash bytea NOT NULL,
    scopes text[] DEFAULT '{}' NOT NULL,
    read_only boolean DEFAULT false NOT NULL,
    created_by uuid NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    expires_at timestamptz NOT NULL,
    last_used_at timestamptz,
    revoked_at timestamptz,
    CONSTRAINT api_tokens_pkey PRIMARY KEY (id),
    CONSTRAINT api_tokens_token_hash_key UNIQUE (token_hash),
    CONSTRAINT api_tokens_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES platform.organizations (id) ON DELETE CASCADE,
    CONSTRAINT api_tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES platform.users (id) ON DELETE CASCADE,
    CONSTRAINT api_tokens_name_check CHECK (length(name) BETWEEN 1 AND 100),
    CONSTRAINT api_tokens_token_hash_check CHECK (octet_length(token_hash) = 32),
    CONSTRAINT api_tokens_scopes_check CHECK (array_position(scopes, NULL) IS NULL)
);
COMMENT ON TABLE platform.api_tokens IS 'Tokens for programs, each in one organization: never more than its user may do there at the moment of use';
COMMENT ON COLUMN platform.api_tokens.scopes IS 'The permissions it is limited to; empty: all that the user has';
COMMENT ON COLUMN platform.api_tokens.read_only IS 'Limits it to permissions that end in :read';
COMMENT ON COLUMN platform.api_tokens.created_by IS 'The user themself, or who made it for a service user';

CREATE INDEX api_tokens_organization_id_idx ON platform.api_tokens (organization_id);
CREATE INDEX api_tokens_user_id_idx ON platform.api_tokens (user_id);

-- Of no tenant: hashes, and nothing that could be used.
CREATE TABLE platform.setup_tokens (
    token_hash bytea NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT setup_tokens_pkey PRIMARY KEY (token_hash),
    CONSTRAINT setup_tokens_token_hash_check CHECK (octet_length(token_hash) = 32)
);
COMMENT ON TABLE platform.setup_tokens IS 'What the server printed for its first owner. Empty once there is one';

CREATE TABLE platform.login_failures (
    key text NOT NULL,
    failures integer NOT NULL,
    last_failed_at timestamptz DEFAULT now() NOT NULL,
    locked_until timestamptz,
    CONSTRAINT login_failures_pkey PRIMARY KEY (key),
    CONSTRAINT login_failures_key_check CHECK (key ~ '^[a-z_]+:[0-9a-f]{64}$'),
    CONSTRAINT login_failures_failures_check CHECK (failures >= 1)
);
COMMENT ON TABLE platform.login_failures IS 'Attempts to sign in that were not followed by success, by what was typed in and by where from. Counted before the password is looked at';
COMMENT ON COLUMN platform.login_failures.key IS 'What is counted and a hash of it: people type passwords into the wrong field';

CREATE INDEX login_failures_last_failed_at_idx ON platform.login_failures (last_failed_at);

CREATE TABLE platform.oidc_flows (
    state_hash bytea NOT NULL,
    provider text NOT NULL,
    linking_user_id uuid,
    created_at timestamptz DEFAULT now() NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT oidc_flows_pkey PRIMARY KEY (state_hash),
    CONSTRAINT oidc_flows_state_hash_check CHECK (octet_length(state_hash) = 32)
);
COMMENT ON TABLE platform.oidc_flows IS 'Sign-ins that went to another provider and have not come back. Nonce and code verifier are not here: they are made from what the browser holds';
COMMENT ON COLUMN platform.oidc_flows.linking_user_id IS 'Who, being signed in, adds the provider to their account';

CREATE INDEX oidc_flows_expires_at_idx ON platform.oidc_flows (expires_at);

CREATE FUNCTION platform.grant_people_roles() RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'drydock_api') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON platform.sessions, platform.refresh_tokens, platform.second_factors,
            platform.recovery_codes, platform.password_resets, platform.user_identities, platform.invitations,
            platform.api_tokens, platform.login_failures TO drydock_api;
        GRANT SELECT, INSERT, DELETE ON platform.setup_tokens, platform.oidc_flows TO drydock_api;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'drydock_readonly') THEN
        GRANT SELECT ON platform.sessions TO drydock_readonly;
        GRANT SELECT (session_id, user_id, generation, created_at, expires_at, used_at) ON platform.refresh_tokens TO drydock_readonly;
        GRANT SELECT (user_id, master_key_id, created_at, confirmed_at) ON platform.second_factors TO drydock_readonly;
        GRANT SELECT (user_id, created_at, used_at) ON platform.recovery_codes TO drydock_readonly;
        GRANT SELECT (id, user_id, created_by, created_at, expires_at, used_at) ON platform.password_resets TO drydock_readonly;
        GRANT SELECT (id, user_id, issuer, created_at) ON platform.user_identities TO drydock_readonly;
        GRANT SELECT (id, organization_id, email, role, invited_by, created_at, expires_at, accepted_at, accepted_by,
            revoked_at) ON platform.invitations TO drydock_readonly;
        GRANT SELECT (id, organization_id, user_id, name, scopes, read_only, created_by, created_at, expires_at,
            last_used_at, revoked_at) ON platform.api_tokens TO drydock_readonly;
    END IF;
END;
$$;
COMMENT ON FUNCTION platform.grant_people_roles() IS 'As grant_service_roles(), for the tables of this migration';
REVOKE EXECUTE ON FUNCTION platform.grant_people_roles() FROM PUBLIC;

SELECT platform.grant_people_roles();

-- What is one person's: seen by them, whatever organization is chosen, and by nobody else.
ALTER TABLE platform.sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.sessions FORCE ROW LEVEL SECURITY;
CREATE POLICY sessions_tenant ON platform.sessions AS RESTRICTIVE
    USING (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid)
        OR ((SELECT platform.system_is_at_large()) AND expires_at < now() - interval '7 days'))
    WITH CHECK (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid));
CREATE POLICY sessions_select ON platform.sessions FOR SELECT
    USING (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid)
        OR ((SELECT platform.system_is_at_large()) AND expires_at < now() - interval '7 days'));
CREATE POLICY sessions_insert ON platform.sessions FOR INSERT
    WITH CHECK (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid));
CREATE POLICY sessions_update ON platform.sessions FOR UPDATE
    USING (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid));
CREATE POLICY sessions_delete ON platform.sessions FOR DELETE
    USING (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid)
        OR ((SELECT platform.system_is_at_large()) AND expires_at < now() - interval '7 days'));

ALTER TABLE platform.refresh_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.refresh_tokens FORCE ROW LEVEL SECURITY;
CREATE POLICY refresh_tokens_tenant ON platform.refresh_tokens AS RESTRICTIVE
    USING (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid)
        OR token_hash = (SELECT platform.presented_token())
        OR ((SELECT platform.system_is_at_large()) AND expires_at < now() - interval '7 days'))
    WITH CHECK (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid));
CREATE POLICY refresh_tokens_select ON platform.refresh_tokens FOR SELECT
    USING (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid)
        OR token_hash = (SELECT platform.presented_token())
        OR ((SELECT platform.system_is_at_large()) AND expires_at < now() - interval '7 days'));
CREATE POLICY refresh_tokens_insert ON platform.refresh_tokens FOR INSERT
    WITH CHECK (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid));
CREATE POLICY refresh_tokens_update ON platform.refresh_tokens FOR UPDATE
    USING (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid));
CREATE POLICY refresh_tokens_delete ON platform.refresh_tokens FOR DELETE
    USING (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid)
        OR ((SELECT platform.system_is_at_large()) AND expires_at < now() - interval '7 days'));

ALTER TABLE platform.second_factors ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.second_factors FORCE ROW LEVEL SECURITY;
CREATE POLICY second_factors_tenant ON platform.second_factors AS RESTRICTIVE
    USING (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid)
        OR ((SELECT platform.system_is_at_large())))
    WITH CHECK (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid)
        OR (SELECT platform.system_is_at_large()));
CREATE POLICY second_factors_select ON platform.second_factors FOR SELECT
    USING (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid)
        OR ((SELECT platform.system_is_at_large())));
CREATE POLICY second_factors_insert ON platform.second_factors FOR INSERT
    WITH CHECK (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid));
CREATE POLICY second_factors_update ON platform.second_factors FOR UPDATE
    USING (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid)
        OR (SELECT platform.system_is_at_large()));
CREATE POLICY second_factors_delete ON platform.second_factors FOR DELETE
    USING (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid));

ALTER TABLE platform.recovery_codes ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.recovery_codes FORCE ROW LEVEL SECURITY;
CREATE POLICY recovery_codes_tenant ON platform.recovery_codes AS RESTRICTIVE
    USING (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid))
    WITH CHECK (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid));
CREATE POLICY recovery_codes_select ON platform.recovery_codes FOR SELECT
    USING (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid));
CREATE POLICY recovery_codes_insert ON platform.recovery_codes FOR INSERT
    WITH CHECK (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid));
CREATE POLICY recovery_codes_update ON platform.recovery_codes FOR UPDATE
    USING (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid));
CREATE POLICY recovery_codes_delete ON platform.recovery_codes FOR DELETE
    USING (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid));

ALTER TABLE platform.password_resets ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.password_resets FORCE ROW LEVEL SECURITY;
CREATE POLICY password_resets_tenant ON platform.password_resets AS RESTRICTIVE
    USING (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid)
        OR token_hash = (SELECT platform.presented_token())
        OR ((SELECT platform.system_is_at_large()) AND expires_at < now() - interval '7 days'))
    WITH CHECK (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid));
CREATE POLICY password_resets_select ON platform.password_resets FOR SELECT
    USING (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid)
        OR token_hash = (SELECT platform.presented_token())
        OR ((SELECT platform.system_is_at_large()) AND expires_at < now() - interval '7 days'));
CREATE POLICY password_resets_insert ON platform.password_resets FOR INSERT
    WITH CHECK (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid));
CREATE POLICY password_resets_update ON platform.password_resets FOR UPDATE
    USING (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid));
CREATE POLICY password_resets_delete ON platform.password_resets FOR DELETE
    USING (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid)
        OR ((SELECT platform.system_is_at_large()) AND expires_at < now() - interval '7 days'));

ALTER TABLE platform.user_identities ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.user_identities FORCE ROW LEVEL SECURITY;
CREATE POLICY user_identities_tenant ON platform.user_identities AS RESTRICTIVE
    USING (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid)
        OR subject_hash = (SELECT platform.presented_token()))
    WITH CHECK (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid));
CREATE POLICY user_identities_select ON platform.user_identities FOR SELECT
    USING (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid)
        OR subject_hash = (SELECT platform.presented_token()));
CREATE POLICY user_identities_insert ON platform.user_identities FOR INSERT
    WITH CHECK (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid));
CREATE POLICY user_identities_update ON platform.user_identities FOR UPDATE
    USING (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid));
CREATE POLICY user_identities_delete ON platform.user_identities FOR DELETE
    USING (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid));

-- Seen by who may invite, and by who was invited.
ALTER TABLE platform.invitations ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.invitations FORCE ROW LEVEL SECURITY;
CREATE POLICY invitations_tenant ON platform.invitations AS RESTRICTIVE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        OR token_hash = (SELECT platform.presented_token()))
    WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid));
CREATE POLICY invitations_select ON platform.invitations FOR SELECT
    USING ((organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) AND (SELECT platform.current_user_can('members:write')))
        OR token_hash = (SELECT platform.presented_token()));
CREATE POLICY invitations_insert ON platform.invitations FOR INSERT
    WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('members:write')) AND (role <> 'owner' OR (SELECT platform.current_user_can('owners:write'))));
CREATE POLICY invitations_update ON platform.invitations FOR UPDATE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('members:write')) AND (role <> 'owner' OR (SELECT platform.current_user_can('owners:write'))));
CREATE POLICY invitations_delete ON platform.invitations FOR DELETE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) AND (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id());

-- Seen by whose it is, also before an organization is chosen, and by who looks after the members.
ALTER TABLE platform.api_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.api_tokens FORCE ROW LEVEL SECURITY;
CREATE POLICY api_tokens_tenant ON platform.api_tokens AS RESTRICTIVE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        OR ((SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) IS NULL AND user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid))
        OR token_hash = (SELECT platform.presented_token()))
    WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        OR ((SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) IS NULL AND user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) AND revoked_at IS NOT NULL));
CREATE POLICY api_tokens_select ON platform.api_tokens FOR SELECT
    USING (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid)
        OR (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) AND (SELECT platform.current_user_can('members:write')))
        OR token_hash = (SELECT platform.presented_token()));
CREATE POLICY api_tokens_insert ON platform.api_tokens FOR INSERT
    WITH CHECK (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid)
        AND EXISTS (SELECT
            FROM platform.user_roles AS r
            JOIN platform.users AS u ON u.id = r.user_id
            JOIN platform.organizations AS o ON o.id = r.organization_id
            WHERE r.organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) AND r.user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) AND u.status = 'active' AND o.status = 'active'));
CREATE POLICY api_tokens_update ON platform.api_tokens FOR UPDATE
    USING (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid)
        OR (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) AND (SELECT platform.current_user_can('members:write'))));
CREATE POLICY api_tokens_delete ON platform.api_tokens FOR DELETE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) AND (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id());
