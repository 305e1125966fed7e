-- Migration: Events, repeated requests and rate limits
-- Purpose: What happened in an organization, for those who watch it live; the answers to requests that a client may send
--   twice; and counters of requests where no Redis keeps them.
-- Dependencies: 007_restrictive_rls.sql
-- Rollback: rollback-012.sql
-- Environment: all

-- An identity is given out before its transaction commits, so a reader who remembers the last one would miss what
-- commits late. Together with the transaction's own number it tells: below the oldest running transaction nothing comes.
CREATE TABLE platform.events (
    id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
    transaction_id xid8 DEFAULT pg_current_xact_id() NOT NULL,
    organization_id uuid NOT NULL,
    topic text NOT NULL,
    kind text NOT NULL,
    subject_id uuid,
    payload jsonb DEFAULT '{}' NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT events_pkey PRIMARY KEY (id),
    CONSTRAINT events_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES platform.organizations (id) ON DELETE CASCADE,
    CONSTRAINT events_topic_check CHECK (topic ~ '^[a-z][a-z_]{0,62}$'),
    CONSTRAINT events_kind_check CHECK (kind ~ '^[a-z][a-z_.]{0,62}$'),
    CONSTRAINT events_payload_check CHECK (jsonb_typeof(payload) = 'object' AND NOT platform.holds_secret(payload))
);
COMMENT ON TABLE platform.events IS 'What happened, for those who watch: kept for a day or two. What must be kept is the audit log';
COMMENT ON COLUMN platform.events.transaction_id IS 'Orders events by what a reader can see: with id, the place to go on from';
COMMENT ON COLUMN platform.events.topic IS 'databases, jobs, health ...';

CREATE INDEX events_organization_id_transaction_id_id_idx ON platform.events (organization_id, transaction_id, id);
CREATE INDEX events_created_at_idx ON platform.events (created_at);

CREATE TABLE platform.idempotency_keys (
    organization_id uuid NOT NULL,
    user_id uuid NOT NULL,
    key text NOT NULL,
    request_hash bytea NOT NULL,
    status integer,
    answer jsonb,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (organization_id, user_id, key),
    CONSTRAINT idempotency_keys_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES platform.organizations (id) ON DELETE CASCADE,
    CONSTRAINT idempotency_keys_user_id_fkey FOREIGN KEY (user_id) REFERENCES platform.users (id) ON DELETE CASCADE,
    CONSTRAINT idempotency_keys_key_check CHECK (length(key) BETWEEN 1 AND 200),
    CONSTRAINT idempotency_keys_request_hash_check CHECK (octet_length(request_hash) = 32),
    CONSTRAINT idempotency_keys_answer_check CHECK (num_nulls(status, answer) <> 1)
);
COMMENT ON TABLE platform.idempotency_keys IS 'Requests with an Idempotency-Key: the second one of the same key gets the answer of the first';
COMMENT ON COLUMN platform.idempotency_keys.request_hash IS 'SHA-256 of method, path and body: the same key with another request is an error';
COMMENT ON COLUMN platform.idempotency_keys.answer IS 'NULL while the first one runs';

CREATE INDEX idempotency_keys_user_id_idx ON platform.idempotency_keys (user_id);
CREATE INDEX idempotency_keys_created_at_idx ON platform.idempotency_keys (created_at);

-- Not logged: after a crash the counters start anew.
CREATE UNLOGGED TABLE platform.rate_limits (
    key text NOT NULL,
    window_start timestamptz NOT NULL,
    count bigint DEFAULT 0 NOT NULL,
    CONSTRAINT rate_limits_pkey PRIMARY KEY (key),
    CONSTRAINT rate_limits_key_check CHECK (length(key) BETWEEN 1 AND 200),
    CONSTRAINT rate_limits_count_check CHECK (count >= 0)
);
COMMENT ON TABLE platform.rate_limits IS 'How often something was asked for in the present window, over all servers';

CREATE INDEX rate_limits_window_start_idx ON platform.rate_limits (window_start);

CREATE FUNCTION platform.grant_event_roles() RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'drydock_api') THEN
        GRANT SELECT, INSERT, DELETE ON platform.events TO drydock_api;
        GRANT SELECT, INSERT, UPDATE, DELETE ON platform.idempotency_keys, platform.rate_limits TO drydock_api;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'drydock_readonly') THEN
        GRANT SELECT ON platform.events TO drydock_readonly;
        GRANT SELECT (organization_id, user_id, key, status, created_at) ON platform.idempotency_keys TO drydock_readonly;
    END IF;
END;
$$;
COMMENT ON FUNCTION platform.grant_event_roles() IS 'As grant_service_roles(), for the tables of this migration';
REVOKE EXECUTE ON FUNCTION platform.grant_event_roles() FROM PUBLIC;

SELECT platform.grant_event_roles();

ALTER TABLE platform.events ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.events FORCE ROW LEVEL SECURITY;
CREATE POLICY events_tenant ON platform.events AS RESTRICTIVE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid))
    WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid));
CREATE POLICY events_select ON platform.events FOR SELECT
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid));
-- Whoever may do something tells of it; nobody changes what was told.
CREATE POLICY events_insert ON platform.events FOR INSERT
    WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('databases:test')));
CREATE POLICY events_update ON platform.events FOR UPDATE USING (false);
CREATE POLICY events_delete ON platform.events FOR DELETE
    USING ((SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id());

ALTER TABLE platform.idempotency_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.idempotency_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY idempotency_keys_tenant ON platform.idempotency_keys AS RESTRICTIVE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid))
    WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid));
CREATE POLICY idempotency_keys_select ON platform.idempotency_keys FOR SELECT
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid));
CREATE POLICY idempotency_keys_insert ON platform.idempotency_keys FOR INSERT
    WITH CHECK (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid)
        AND EXISTS (SELECT FROM platform.organizations AS o
            WHERE o.id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid) AND o.status = 'active'));
CREATE POLICY idempotency_keys_update ON platform.idempotency_keys FOR UPDATE
    USING (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid));
CREATE POLICY idempotency_keys_delete ON platform.idempotency_keys FOR DELETE
    USING (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid)
        OR (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id());
