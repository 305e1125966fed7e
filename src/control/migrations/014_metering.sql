-- Migration: Metering and invoices
-- Purpose: How big databases are, where that is known; the terms that an invoice was computed by; and that what is issued,
--   and the usage that it was computed from, does not change any more.
-- Dependencies: 002_billing.sql, 005_limits.sql, 006_databases.sql, 007_restrictive_rls.sql
-- Rollback: rollback-014.sql
-- Environment: all

CREATE TABLE platform.database_sizes (
    database_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    bytes bigint NOT NULL,
    measured_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT database_sizes_pkey PRIMARY KEY (database_id),
    CONSTRAINT database_sizes_database_id_fkey FOREIGN KEY (database_id) REFERENCES platform.databases (id) ON DELETE CASCADE,
    CONSTRAINT database_sizes_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES platform.organizations (id),
    CONSTRAINT database_sizes_bytes_check CHECK (bytes >= 0)
);
COMMENT ON TABLE platform.database_sizes IS 'How big a database was when somebody measured it last. No row: not known, and not charged for';

CREATE INDEX database_sizes_organization_id_idx ON platform.database_sizes (organization_id);

CREATE TABLE platform.invoice_terms (
    invoice_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    terms jsonb NOT NULL,
    content_hash bytea,
    CONSTRAINT invoice_terms_pkey PRIMARY KEY (invoice_id),
    CONSTRAINT invoice_terms_invoice_id_fkey FOREIGN KEY (invoice_id, organization_id)
        REFERENCES platform.invoices (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT invoice_terms_terms_check CHECK (jsonb_typeof(terms) = 'array'),
    CONSTRAINT invoice_terms_content_hash_check CHECK (octet_length(content_hash) = 32)
);
COMMENT ON TABLE platform.invoice_terms IS 'What an invoice was computed by, so that it can be computed again after prices have changed';
COMMENT ON COLUMN platform.invoice_terms.terms IS 'Which plan held from which day to which, and its prices then';
COMMENT ON COLUMN platform.invoice_terms.content_hash IS 'SHA-256 of the invoice as it was issued; the line of the audit trail has it too';

CREATE INDEX invoice_terms_organization_id_idx ON platform.invoice_terms (organization_id);
CREATE INDEX invoice_terms_invoice_id_organization_id_idx ON platform.invoice_terms (invoice_id, organization_id);

CREATE UNIQUE INDEX invoices_organization_id_period_start_live_idx ON platform.invoices (organization_id, period_start)
    WHERE status <> 'void';
COMMENT ON INDEX platform.invoices_organization_id_period_start_live_idx IS 'A period is billed once';

-- What is said of a card number holds for every text of a way to pay.
ALTER TABLE platform.payment_methods
    ADD CONSTRAINT payment_methods_provider_card_check CHECK (NOT platform.contains_card_number(provider));

CREATE FUNCTION platform.keep_issued_invoice() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    may_change text[] := '{status, paid_at, provider_reference, updated_at, total_minor}';
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        RAISE EXCEPTION 'invoices are not truncated' USING ERRCODE = 'object_not_in_prerequisite_state';
    ELSIF OLD.status = 'draft' THEN
        RETURN coalesce(NEW, OLD);
    ELSIF TG_OP = 'DELETE' OR NEW.status = 'draft' OR (OLD.status IN ('paid', 'void') AND NEW.status <> OLD.status)
        OR to_jsonb(NEW) - may_change IS DISTINCT FROM to_jsonb(OLD) - may_change THEN
        RAISE EXCEPTION 'invoice % is issued and can''t be changed', OLD.number USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'It can be marked as paid, void or uncollectible; where it is wrong, void it and compute the period anew.';
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION platform.keep_issued_invoice() IS 'Trigger: of an invoice that is no draft only the payment changes';

CREATE FUNCTION platform.keep_issued_lines() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        RAISE EXCEPTION 'invoices are not truncated' USING ERRCODE = 'object_not_in_prerequisite_state';
    ELSIF EXISTS (SELECT FROM platform.invoices AS i WHERE i.id IN (NEW.invoice_id, OLD.invoice_id) AND i.status <> 'draft') THEN
        RAISE EXCEPTION 'what an issued invoice consists of can''t be changed' USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    RETURN coalesce(NEW, OLD);
END;
$$;
COMMENT ON FUNCTION platform.keep_issued_lines() IS 'Trigger: lines and terms of an invoice that is no draft do not change';

CREATE FUNCTION platform.keep_billed_usage() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF EXISTS (
        SELECT FROM platform.invoices AS i
        WHERE i.organization_id IN (NEW.organization_id, OLD.organization_id)
          AND i.status NOT IN ('draft', 'void')
          AND ((NEW.period_start >= i.period_start AND NEW.period_start < i.period_end)
            OR (OLD.period_start >= i.period_start AND OLD.period_start < i.period_end))) THEN
        RAISE EXCEPTION 'the usage of this period is billed and can''t be changed' USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    RETURN coalesce(NEW, OLD);
END;
$$;
COMMENT ON FUNCTION platform.keep_billed_usage() IS 'Trigger: what an issued invoice was computed from stays, so it can be computed again';

CREATE TRIGGER invoices_keep_issued BEFORE UPDATE OR DELETE ON platform.invoices
    FOR EACH ROW EXECUTE FUNCTION platform.keep_issued_invoice();
CREATE TRIGGER invoices_refuse_truncate BEFORE TRUNCATE ON platform.invoices
    FOR EACH STATEMENT EXECUTE FUNCTION platform.keep_issued_invoice();
CREATE TRIGGER invoice_lines_keep_issued BEFORE INSERT OR UPDATE OR DELETE ON platform.invoice_lines
    FOR EACH ROW EXECUTE FUNCTION platform.keep_issued_lines();
CREATE TRIGGER invoice_lines_refuse_truncate BEFORE TRUNCATE ON platform.invoice_lines
    FOR EACH STATEMENT EXECUTE FUNCTION platform.keep_issued_lines();
CREATE TRIGGER invoice_terms_keep_issued BEFORE INSERT OR UPDATE OR DELETE ON platform.invoice_terms
    FOR EACH ROW EXECUTE FUNCTION platform.keep_issued_lines();
CREATE TRIGGER usage_records_keep_billed BEFORE INSERT OR UPDATE OR DELETE ON platform.usage_records
    FOR EACH ROW EXECUTE FUNCTION platform.keep_billed_usage();

CREATE FUNCTION platform.grant_metering_roles() RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'drydock_api') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON platform.database_sizes, platform.invoice_terms TO drydock_api;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'drydock_readonly') THEN
        GRANT SELECT ON platform.database_sizes, platform.invoice_terms TO drydock_readonly;
    END IF;
END;
$$;
COMMENT ON FUNCTION platform.grant_metering_roles() IS 'As grant_service_roles(), for the tables of this migration';
REVOKE EXECUTE ON FUNCTION platform.grant_metering_roles() FROM PUBLIC;

SELECT platform.grant_metering_roles();

ALTER TABLE platform.database_sizes ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.database_sizes FORCE ROW LEVEL SECURITY;
CREATE POLICY database_sizes_tenant ON platform.database_sizes AS RESTRICTIVE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid))
    WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid));
CREATE POLICY database_sizes_select ON platform.database_sizes FOR SELECT
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid));
CREATE POLICY database_sizes_insert ON platform.database_sizes FOR INSERT
    WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('usage:write')));
CREATE POLICY database_sizes_update ON platform.database_sizes FOR UPDATE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('usage:write')));
CREATE POLICY database_sizes_delete ON platform.database_sizes FOR DELETE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('usage:write')));

ALTER TABLE platform.invoice_terms ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.invoice_terms FORCE ROW LEVEL SECURITY;
CREATE POLICY invoice_terms_tenant ON platform.invoice_terms AS RESTRICTIVE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid))
    WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid));
CREATE POLICY invoice_terms_select ON platform.invoice_terms FOR SELECT
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('billing:read')));
CREATE POLICY invoice_terms_insert ON platform.invoice_terms FOR INSERT
    WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('invoices:write')));
CREATE POLICY invoice_terms_update ON platform.invoice_terms FOR UPDATE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('invoices:write')));
CREATE POLICY invoice_terms_delete ON platform.invoice_terms FOR DELETE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT platform.current_user_can('invoices:write')));
