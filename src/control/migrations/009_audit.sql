-- Migration: Audit trail
-- Purpose: What everybody did, one chain of hashes for each organization: who changes, cuts, reorders or inserts a row
--   breaks the chain. Signed checkpoints say how long a chain was and what it held, so that a chain made anew as a whole
--   is found too.
-- Dependencies: 003_users.sql, 006_databases.sql, 007_restrictive_rls.sql
-- Rollback: rollback-009.sql
-- Environment: all

INSERT INTO platform.permissions (resource, action, description) VALUES
    ('audit', 'read', 'See, export and verify the audit trail');
INSERT INTO platform.role_permissions (role, permission) VALUES ('owner', 'audit:read'), ('admin', 'audit:read');

-- No foreign keys: the trail outlives what it tells of. What tells of a person (the address typed in at a login, the
-- network address, the name of an object) stands beside the chain; in the chain there are salted hashes of it, so
-- it can be erased without a break.
CREATE TABLE platform.audit_log (
    organization_id uuid DEFAULT coalesce(nullif(current_setting('app.current_org_id', true), '')::uuid, '00000000-0000-0000-0000-000000000000') NOT NULL,
    sequence bigint NOT NULL,
    occurred_at timestamptz NOT NULL,
    user_id uuid,
    via text,
    request_id text,
    action text NOT NULL,
    object_type text,
    object_id text,
    outcome text DEFAULT 'success' NOT NULL,
    details jsonb DEFAULT '{}' NOT NULL,
    login text,
    address text,
    actor_salt bytea,
    actor_hash bytea,
    object_name text,
    object_salt bytea,
    object_hash bytea,
    previous_hash bytea NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT audit_log_pkey PRIMARY KEY (organization_id, sequence),
    CONSTRAINT audit_log_sequence_check CHECK (sequence >= 1),
    CONSTRAINT audit_log_action_check CHECK (action ~ '^[a-z][a-z0-9_.]{0,99}$'),
    CONSTRAINT audit_log_object_type_check CHECK (object_type ~ '^[a-z][a-z0-9_]{0,62}$'),
    CONSTRAINT audit_log_object_id_check CHECK (length(object_id) BETWEEN 1 AND 200),
    CONSTRAINT audit_log_outcome_check CHECK (outcome IN ('success', 'denied', 'failed')),
    CONSTRAINT audit_log_details_check CHECK (jsonb_typeof(details) = 'object' AND NOT platform.holds_secret(details)
        AND octet_length(details::text) <= 65536),
    CONSTRAINT audit_log_hash_check CHECK (octet_length(previous_hash) = 32 AND octet_length(hash) = 32)
);
COMMENT ON TABLE platform.audit_log IS 'What was done, by whom, to what. Only ever added to; organization 00000000-… is for what is of no organization, such as logins of unknown users';
COMMENT ON COLUMN platform.audit_log.sequence IS 'Counts from 1 without a gap, given out under the lock of the chain''s head';
COMMENT ON COLUMN platform.audit_log.occurred_at IS 'Never before that of the row before';
COMMENT ON COLUMN platform.audit_log.via IS 'What stood for the user: session:<id>, token:<id>, job:<id>';
COMMENT ON COLUMN platform.audit_log.login IS 'The address somebody typed in. Not in the chain: actor_hash is';
COMMENT ON COLUMN platform.audit_log.actor_hash IS 'SHA-256 of actor_salt, login and address. Once they are erased it tells nothing';
COMMENT ON COLUMN platform.audit_log.object_hash IS 'SHA-256 of object_salt and object_name';
COMMENT ON COLUMN platform.audit_log.details IS 'What changed, from what to what. In the chain, so neither secrets nor personal data';
COMMENT ON COLUMN platform.audit_log.hash IS 'SHA-256 of the row''s canonical form, in which previous_hash is';

CREATE INDEX audit_log_organization_id_occurred_at_idx ON platform.audit_log (organization_id, occurred_at);
CREATE INDEX audit_log_organization_id_user_id_sequence_idx ON platform.audit_log (organization_id, user_id, sequence);
CREATE INDEX audit_log_organization_id_object_id_sequence_idx ON platform.audit_log (organization_id, object_id, sequence);
CREATE INDEX audit_log_organization_id_action_sequence_idx ON platform.audit_log (organization_id, action, sequence);

-- One row a chain, changed with each row of it: room on the page keeps that change in place.
CREATE TABLE platform.audit_heads (
    organization_id uuid NOT NULL,
    sequence bigint NOT NULL,
    hash bytea NOT NULL,
    occurred_at timestamptz NOT NULL,
    CONSTRAINT audit_heads_pkey PRIMARY KEY (organization_id),
    CONSTRAINT audit_heads_sequence_check CHECK (sequence >= 0),
    CONSTRAINT audit_heads_hash_check CHECK (octet_length(hash) = 32)
) WITH (fillfactor = 10);
COMMENT ON TABLE platform.audit_heads IS 'The last row of each chain. Whoever appends holds this row''s lock until the end of the transaction';

CREATE TABLE platform.audit_checkpoints (
    organization_id uuid NOT NULL,
    size bigint NOT NULL,
    root bytea NOT NULL,
    last_hash bytea NOT NULL,
    frontier bytea NOT NULL,
    key_id text NOT NULL,
    note text NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT audit_checkpoints_pkey PRIMARY KEY (organization_id, size),
    CONSTRAINT audit_checkpoints_size_check CHECK (size >= 1),
    CONSTRAINT audit_checkpoints_root_check CHECK (octet_length(root) = 32 AND octet_length(last_hash) = 32),
    CONSTRAINT audit_checkpoints_frontier_check CHECK (octet_length(frontier) % 32 = 0)
);
COMMENT ON TABLE platform.audit_checkpoints IS 'Signed statements of how long a chain was and what it held';
COMMENT ON COLUMN platform.audit_checkpoints.root IS 'RFC 6962 Merkle tree over the hashes of rows 1 to size';
COMMENT ON COLUMN platform.audit_checkpoints.frontier IS 'The roots of the whole subtrees, the largest first: where the next checkpoint goes on';
COMMENT ON COLUMN platform.audit_checkpoints.note IS 'The signed note itself, as the sinks have it';

-- The canonical form: each field as its length in bytes, a colon and its UTF-8, or a minus for NULL.
CREATE FUNCTION platform.audit_field(a_value text) RETURNS text
    LANGUAGE sql
    STABLE PARALLEL SAFE
RETURN coalesce(octet_length(convert_to(a_value, 'UTF8'))::text || ':' || a_value, '-');
COMMENT ON FUNCTION platform.audit_field(text) IS 'A field of the canonical form of an audit row';

CREATE FUNCTION platform.audit_row_hash(a_row platform.audit_log) RETURNS bytea
    LANGUAGE sql
    STABLE PARALLEL SAFE
RETURN sha256(convert_to('drydock-audit-1'
    || platform.audit_field(a_row.organization_id::text)
    || platform.audit_field(a_row.sequence::text)
    || platform.audit_field(encode(a_row.previous_hash, 'hex'))
    || platform.audit_field(to_char(a_row.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
    || platform.audit_field(a_row.user_id::text)
    || platform.audit_field(a_row.via)
    || platform.audit_field(a_row.request_id)
    || platform.audit_field(encode(a_row.actor_hash, 'hex'))
    || platform.audit_field(a_row.action)
    || platform.audit_field(a_row.object_type)
    || platform.audit_field(a_row.object_id)
    || platform.audit_field(encode(a_row.object_hash, 'hex'))
    || platform.audit_field(a_row.outcome)
    || platform.audit_field(a_row.details::text), 'UTF8'));
COMMENT ON FUNCTION platform.audit_row_hash(platform.audit_log) IS 'SHA-256 of a row''s canonical form';

-- Who may only INSERT can neither choose a place in the chain nor speak for another: both are filled in here.
CREATE FUNCTION platform.chain_audit_row() RETURNS trigger
    LANGUAGE plpgsql
    SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    chain uuid := coalesce(nullif(current_setting('app.current_org_id', true), '')::uuid, '00000000-0000-0000-0000-000000000000');
    head platform.audit_heads;
BEGIN
    IF NEW.organization_id IS DISTINCT FROM chain THEN
        RAISE EXCEPTION 'an audit row can be added to the chain of this transaction''s organization only'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT * INTO head FROM platform.audit_heads AS h WHERE h.organization_id = chain FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO platform.audit_heads (organization_id, sequence, hash, occurred_at)
        VALUES (chain, 0, decode(repeat('00', 32), 'hex'), clock_timestamp())
        ON CONFLICT DO NOTHING;
        SELECT * INTO STRICT head FROM platform.audit_heads AS h WHERE h.organization_id = chain FOR UPDATE;
    END IF;
    NEW.sequence := head.sequence + 1;
    NEW.previous_hash := head.hash;
    NEW.occurred_at := greatest(clock_timestamp(), head.occurred_at);
    NEW.user_id := nullif(current_setting('app.current_user_id', true), '')::uuid;
    NEW.actor_salt := CASE WHEN num_nonnulls(NEW.login, NEW.address) > 0 THEN uuid_send(gen_random_uuid()) END;
    NEW.actor_hash := sha256(NEW.actor_salt
        || convert_to(platform.audit_field(NEW.login) || platform.audit_field(NEW.address), 'UTF8'));
    NEW.object_salt := CASE WHEN NEW.object_name IS NOT NULL THEN uuid_send(gen_random_uuid()) END;
    NEW.object_hash := sha256(NEW.object_salt || convert_to(platform.audit_field(NEW.object_name), 'UTF8'));
    NEW.hash := platform.audit_row_hash(NEW);
    UPDATE platform.audit_heads SET sequence = NEW.sequence, hash = NEW.hash, occurred_at = NEW.occurred_at
    WHERE organization_id = chain;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION platform.chain_audit_row() IS 'Trigger: place, time, user and hashes of a new audit row, under the lock of its chain''s head';
REVOKE EXECUTE ON FUNCTION platform.chain_audit_row() FROM PUBLIC;

CREATE FUNCTION platform.refuse_audit_change() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    kept platform.audit_log;
BEGIN
    IF TG_TABLE_NAME = 'audit_log' AND TG_OP = 'UPDATE' THEN
        kept := NEW;
        IF NEW.login IS NULL AND NEW.address IS NULL AND NEW.actor_salt IS NULL THEN
            kept.login := OLD.login;
            kept.address := OLD.address;
            kept.actor_salt := OLD.actor_salt;
        END IF;
        IF NEW.object_name IS NULL AND NEW.object_salt IS NULL THEN
            kept.object_name := OLD.object_name;
            kept.object_salt := OLD.object_salt;
        END IF;
        IF kept IS NOT DISTINCT FROM OLD THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'platform.% is only ever added to', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege',
        HINT = 'Personal data can be erased: login, address and actor_salt, or object_name and object_salt, are set to NULL together.';
END;
$$;
COMMENT ON FUNCTION platform.refuse_audit_change() IS 'Trigger: nothing of the trail is changed or deleted, by its owner neither; but personal data can be erased';

CREATE TRIGGER audit_log_chain BEFORE INSERT ON platform.audit_log
    FOR EACH ROW EXECUTE FUNCTION platform.chain_audit_row();
CREATE TRIGGER audit_log_refuse_change BEFORE UPDATE OR DELETE ON platform.audit_log
    FOR EACH ROW EXECUTE FUNCTION platform.refuse_audit_change();
CREATE TRIGGER audit_log_refuse_truncate BEFORE TRUNCATE ON platform.audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_audit_change();
CREATE TRIGGER audit_heads_refuse_delete BEFORE DELETE ON platform.audit_heads
    FOR EACH ROW EXECUTE FUNCTION platform.refuse_audit_change();
CREATE TRIGGER audit_heads_refuse_truncate BEFORE TRUNCATE ON platform.audit_heads
    FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_audit_change();
CREATE TRIGGER audit_checkpoints_refuse_change BEFORE UPDATE OR DELETE ON platform.audit_checkpoints
    FOR EACH ROW EXECUTE FUNCTION platform.refuse_audit_change();
CREATE TRIGGER audit_checkpoints_refuse_truncate BEFORE TRUNCATE ON platform.audit_checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_audit_change();

CREATE FUNCTION platform.grant_audit_roles() RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'drydock_api') THEN
        GRANT SELECT, INSERT ON platform.audit_log, platform.audit_checkpoints TO drydock_api;
        GRANT UPDATE (login, address, actor_salt, object_name, object_salt) ON platform.audit_log TO drydock_api;
        GRANT SELECT ON platform.audit_heads TO drydock_api;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'drydock_readonly') THEN
        GRANT SELECT (organization_id, sequence, occurred_at, user_id, via, request_id, action, object_type, object_id,
            outcome, details, actor_hash, object_hash, previous_hash, hash) ON platform.audit_log TO drydock_readonly;
        GRANT SELECT ON platform.audit_heads, platform.audit_checkpoints TO drydock_readonly;
    END IF;
END;
$$;
COMMENT ON FUNCTION platform.grant_audit_roles() IS 'As grant_service_roles(), for the tables of this migration';
REVOKE EXECUTE ON FUNCTION platform.grant_audit_roles() FROM PUBLIC;

SELECT platform.grant_audit_roles();

-- Without an organization the chain of none is meant; only drydock itself reads it.
ALTER TABLE platform.audit_log ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.audit_log FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_log_tenant ON platform.audit_log AS RESTRICTIVE
    USING (organization_id = (SELECT coalesce(nullif(current_setting('app.current_org_id', true), '')::uuid, '00000000-0000-0000-0000-000000000000')))
    WITH CHECK (organization_id = (SELECT coalesce(nullif(current_setting('app.current_org_id', true), '')::uuid, '00000000-0000-0000-0000-000000000000')));
CREATE POLICY audit_log_select ON platform.audit_log FOR SELECT
    USING ((SELECT platform.current_user_can('audit:read'))
        OR (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id());
-- Whatever somebody does is audited, what is refused to them too.
CREATE POLICY audit_log_insert ON platform.audit_log FOR INSERT
    WITH CHECK (organization_id = (SELECT coalesce(nullif(current_setting('app.current_org_id', true), '')::uuid, '00000000-0000-0000-0000-000000000000')));
CREATE POLICY audit_log_update ON platform.audit_log FOR UPDATE
    USING ((SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id());
CREATE POLICY audit_log_delete ON platform.audit_log FOR DELETE USING (false);

-- The head is moved by the trigger of a new row, and by nothing else, where the owner is bound too.
ALTER TABLE platform.audit_heads ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.audit_heads FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_heads_tenant ON platform.audit_heads AS RESTRICTIVE
    USING (organization_id = (SELECT coalesce(nullif(current_setting('app.current_org_id', true), '')::uuid, '00000000-0000-0000-0000-000000000000')))
    WITH CHECK (organization_id = (SELECT coalesce(nullif(current_setting('app.current_org_id', true), '')::uuid, '00000000-0000-0000-0000-000000000000')));
CREATE POLICY audit_heads_select ON platform.audit_heads FOR SELECT
    USING (pg_trigger_depth() > 0
        OR (SELECT platform.current_user_can('audit:read'))
        OR (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id());
CREATE POLICY audit_heads_insert ON platform.audit_heads FOR INSERT WITH CHECK (pg_trigger_depth() > 0);
CREATE POLICY audit_heads_update ON platform.audit_heads FOR UPDATE USING (pg_trigger_depth() > 0);
CREATE POLICY audit_heads_delete ON platform.audit_heads FOR DELETE USING (false);

ALTER TABLE platform.audit_checkpoints ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.audit_checkpoints FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_checkpoints_tenant ON platform.audit_checkpoints AS RESTRICTIVE
    USING (organization_id = (SELECT coalesce(nullif(current_setting('app.current_org_id', true), '')::uuid, '00000000-0000-0000-0000-000000000000')))
    WITH CHECK (organization_id = (SELECT coalesce(nullif(current_setting('app.current_org_id', true), '')::uuid, '00000000-0000-0000-0000-000000000000')));
CREATE POLICY audit_checkpoints_select ON platform.audit_checkpoints FOR SELECT
    USING ((SELECT platform.current_user_can('audit:read'))
        OR (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id());
CREATE POLICY audit_checkpoints_insert ON platform.audit_checkpoints FOR INSERT
    WITH CHECK ((SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id());
CREATE POLICY audit_checkpoints_update ON platform.audit_checkpoints FOR UPDATE USING (false);
CREATE POLICY audit_checkpoints_delete ON platform.audit_checkpoints FOR DELETE USING (false);
