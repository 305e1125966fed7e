-- Migration: Billing
-- Purpose: Plans, an organization's subscription, the ways it pays and its invoices. Ways to pay are a payment
--   provider's tokens: a card number never enters this database, and a check refuses one.
-- Dependencies: 001_platform.sql
-- Rollback: rollback-002.sql
-- Environment: all

CREATE FUNCTION platform.contains_card_number(value text) RETURNS boolean
    LANGUAGE plpgsql
    IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    digits text;
    total integer;
    digit integer;
BEGIN
    -- Spaces and dashes between digits are how people write a card number.
    FOR digits IN
        SELECT m[1] FROM regexp_matches(regexp_replace(value, '(?<=[0-9])[ -](?=[0-9])', '', 'g'), '([0-9]{13,})', 'g') AS m
    LOOP
        CONTINUE WHEN length(digits) > 19 OR digits !~ '^[2-6]';
        total := 0;
        FOR place IN 1 .. length(digits) LOOP
            digit := substr(digits, length(digits) + 1 - place, 1)::integer;
            IF place % 2 = 0 THEN
                digit := digit * 2;
                digit := digit / 10 + digit % 10;
            END IF;
            total := total + digit;
        END LOOP;
        IF total % 10 = 0 THEN
            RETURN true;
        END IF;
    END LOOP;
    RETURN false;
END;
$$;
COMMENT ON FUNCTION platform.contains_card_number(text)
    IS 'Whether a text holds 13 to 19 digits that begin as a payment card''s do and pass the Luhn check';

CREATE TABLE platform.plans (
    code text NOT NULL,
    name text NOT NULL,
    currency text DEFAULT 'EUR' NOT NULL,
    base_price_minor bigint DEFAULT 0 NOT NULL,
    database_price_minor bigint DEFAULT 0 NOT NULL,
    storage_gib_price_minor bigint DEFAULT 0 NOT NULL,
    included_databases integer DEFAULT 0 NOT NULL,
    included_storage_bytes bigint DEFAULT 0 NOT NULL,
    max_databases integer,
    max_storage_bytes bigint,
    is_offered boolean DEFAULT true NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT plans_pkey PRIMARY KEY (code),
    CONSTRAINT plans_code_check CHECK (code ~ '^[a-z][a-z0-9_-]{0,62}$'),
    CONSTRAINT plans_name_check CHECK (length(btrim(name)) BETWEEN 1 AND 200),
    CONSTRAINT plans_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT plans_prices_check CHECK (base_price_minor >= 0 AND database_price_minor >= 0 AND storage_gib_price_minor >= 0),
    CONSTRAINT plans_included_check CHECK (included_databases >= 0 AND included_storage_bytes >= 0),
    CONSTRAINT plans_max_databases_check CHECK (max_databases >= 0),
    CONSTRAINT plans_max_storage_bytes_check CHECK (max_storage_bytes >= 0)
);
COMMENT ON TABLE platform.plans IS 'What an organization can subscribe to. Prices are a month''s, in the currency''s minor unit (cents)';
COMMENT ON COLUMN platform.plans.database_price_minor IS 'For each registered database beyond included_databases';
COMMENT ON COLUMN platform.plans.storage_gib_price_minor IS 'For each GiB beyond included_storage_bytes';
COMMENT ON COLUMN platform.plans.max_databases IS 'The most that one project may have; NULL is without limit';
COMMENT ON COLUMN platform.plans.max_storage_bytes IS 'The most that one project may store; NULL is without limit';
COMMENT ON COLUMN platform.plans.is_offered IS 'false: kept for those who have it';

INSERT INTO platform.plans (code, name) VALUES ('self-hosted', 'Self-hosted');

CREATE TABLE platform.subscriptions (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    organization_id uuid NOT NULL,
    plan_code text NOT NULL,
    status text DEFAULT 'active' NOT NULL,
    current_period_start timestamptz NOT NULL,
    current_period_end timestamptz NOT NULL,
    cancel_at_period_end boolean DEFAULT false NOT NULL,
    cancelled_at timestamptz,
    provider text,
    provider_reference text,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT subscriptions_pkey PRIMARY KEY (id),
    CONSTRAINT subscriptions_id_organization_id_key UNIQUE (id, organization_id),
    CONSTRAINT subscriptions_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES platform.organizations (id),
    CONSTRAINT subscriptions_plan_code_fkey FOREIGN KEY (plan_code) REFERENCES platform.plans (code),
    CONSTRAINT subscriptions_status_check CHECK (status IN ('trialing', 'active', 'past_due', 'cancelled')),
    CONSTRAINT subscriptions_period_check CHECK (current_period_end > current_period_start),
    CONSTRAINT subscriptions_cancelled_at_check CHECK ((status = 'cancelled') = (cancelled_at IS NOT NULL)),
    CONSTRAINT subscriptions_provider_reference_check CHECK (NOT platform.contains_card_number(provider_reference))
);
COMMENT ON TABLE platform.subscriptions IS 'The plan of an organization, now and before. None means: without limits and without a price';
COMMENT ON COLUMN platform.subscriptions.provider_reference IS 'The payment provider''s own id of it';

CREATE UNIQUE INDEX subscriptions_live_idx ON platform.subscriptions (organization_id) WHERE status <> 'cancelled';
CREATE INDEX subscriptions_organization_id_idx ON platform.subscriptions (organization_id);
CREATE INDEX subscriptions_plan_code_idx ON platform.subscriptions (plan_code);
COMMENT ON INDEX platform.subscriptions_live_idx IS 'One subscription at a time';

CREATE TABLE platform.payment_methods (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    organization_id uuid NOT NULL,
    provider text NOT NULL,
    provider_token text NOT NULL,
    kind text NOT NULL,
    brand text,
    last4 text,
    expires_month smallint,
    expires_year smallint,
    is_default boolean DEFAULT false NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT payment_methods_pkey PRIMARY KEY (id),
    CONSTRAINT payment_methods_provider_provider_token_key UNIQUE (provider, provider_token),
    CONSTRAINT payment_methods_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES platform.organizations (id),
    CONSTRAINT payment_methods_provider_check CHECK (provider ~ '^[a-z][a-z0-9_-]{0,62}$'),
    CONSTRAINT payment_methods_provider_token_check CHECK (length(provider_token) BETWEEN 1 AND 255
        AND NOT platform.contains_card_number(provider_token)),
    CONSTRAINT payment_methods_kind_check CHECK (kind IN ('card', 'bank_account', 'wallet')),
    CONSTRAINT payment_methods_brand_check CHECK (length(brand) <= 40 AND NOT platform.contains_card_number(brand)),
    CONSTRAINT payment_methods_last4_check CHECK (last4 ~ '^[0-9]{4}$'),
    CONSTRAINT payment_methods_expires_check CHECK (num_nulls(expires_month, expires_year) <> 1
        AND expires_month BETWEEN 1 AND 12 AND expires_year BETWEEN 2000 AND 2999)
);
COMMENT ON TABLE platform.payment_methods IS 'Ways to pay, as tokens of a payment provider. No card data: what is kept of a card is its brand, last four digits and expiry';
COMMENT ON COLUMN platform.payment_methods.provider_token IS 'Worth something only together with the provider''s key; a card number is refused';

CREATE UNIQUE INDEX payment_methods_default_idx ON platform.payment_methods (organization_id) WHERE is_default;
CREATE INDEX payment_methods_organization_id_idx ON platform.payment_methods (organization_id);
COMMENT ON INDEX platform.payment_methods_default_idx IS 'One default an organization';

CREATE TABLE platform.invoices (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    organization_id uuid NOT NULL,
    subscription_id uuid,
    number text NOT NULL,
    status text DEFAULT 'draft' NOT NULL,
    currency text NOT NULL,
    period_start timestamptz NOT NULL,
    period_end timestamptz NOT NULL,
    subtotal_minor bigint DEFAULT 0 NOT NULL,
    tax_minor bigint DEFAULT 0 NOT NULL,
    total_minor bigint GENERATED ALWAYS AS (subtotal_minor + tax_minor) STORED,
    issued_at timestamptz,
    due_at timestamptz,
    paid_at timestamptz,
    provider_reference text,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT invoices_pkey PRIMARY KEY (id),
    CONSTRAINT invoices_id_organization_id_key UNIQUE (id, organization_id),
    CONSTRAINT invoices_organization_id_number_key UNIQUE (organization_id, number),
    CONSTRAINT invoices_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES platform.organizations (id),
    CONSTRAINT invoices_subscription_id_fkey FOREIGN KEY (subscription_id, organization_id)
        REFERENCES platform.subscriptions (id, organization_id),
    CONSTRAINT invoices_number_check CHECK (length(btrim(number)) BETWEEN 1 AND 64),
    CONSTRAINT invoices_status_check CHECK (status IN ('draft', 'open', 'paid', 'void', 'uncollectible')),
    CONSTRAINT invoices_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT invoices_period_check CHECK (period_end > period_start),
    CONSTRAINT invoices_tax_minor_check CHECK (tax_minor >= 0),
    CONSTRAINT invoices_issued_at_check CHECK (status IN ('draft', 'void') OR issued_at IS NOT NULL),
    CONSTRAINT invoices_paid_at_check CHECK ((status = 'paid') = (paid_at IS NOT NULL)),
    CONSTRAINT invoices_provider_reference_check CHECK (NOT platform.contains_card_number(provider_reference))
);
COMMENT ON TABLE platform.invoices IS 'Computed from usage; amounts in the currency''s minor unit (cents)';

CREATE INDEX invoices_organization_id_period_start_idx ON platform.invoices (organization_id, period_start);
CREATE INDEX invoices_subscription_id_organization_id_idx ON platform.invoices (subscription_id, organization_id);

CREATE TABLE platform.invoice_lines (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    organization_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    line_number integer NOT NULL,
    project_id uuid,
    metric text NOT NULL,
    description text NOT NULL,
    quantity numeric(24, 6) NOT NULL,
    unit_price_minor numeric(24, 6) NOT NULL,
    amount_minor bigint NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT invoice_lines_pkey PRIMARY KEY (id),
    CONSTRAINT invoice_lines_invoice_id_line_number_key UNIQUE (invoice_id, line_number),
    CONSTRAINT invoice_lines_invoice_id_fkey FOREIGN KEY (invoice_id, organization_id)
        REFERENCES platform.invoices (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT invoice_lines_project_id_fkey FOREIGN KEY (project_id, organization_id)
        REFERENCES platform.projects (id, organization_id),
    CONSTRAINT invoice_lines_line_number_check CHECK (line_number >= 1),
    CONSTRAINT invoice_lines_metric_check CHECK (metric ~ '^[a-z][a-z0-9_]{0,62}$'),
    CONSTRAINT invoice_lines_amount_minor_check CHECK (amount_minor = round(quantity * unit_price_minor))
);
COMMENT ON TABLE platform.invoice_lines IS 'What an invoice adds up';
COMMENT ON COLUMN platform.invoice_lines.metric IS 'The usage it charges for, or base for the plan itself';
COMMENT ON COLUMN platform.invoice_lines.amount_minor IS 'quantity times unit price, rounded once, here';

CREATE INDEX invoice_lines_organization_id_idx ON platform.invoice_lines (organization_id);
CREATE INDEX invoice_lines_invoice_id_organization_id_idx ON platform.invoice_lines (invoice_id, organization_id);
CREATE INDEX invoice_lines_project_id_organization_id_idx ON platform.invoice_lines (project_id, organization_id);

CREATE TRIGGER plans_updated_at BEFORE UPDATE ON platform.plans
    FOR EACH ROW EXECUTE FUNCTION platform.set_updated_at();
CREATE TRIGGER subscriptions_updated_at BEFORE UPDATE ON platform.subscriptions
    FOR EACH ROW EXECUTE FUNCTION platform.set_updated_at();
CREATE TRIGGER payment_methods_updated_at BEFORE UPDATE ON platform.payment_methods
    FOR EACH ROW EXECUTE FUNCTION platform.set_updated_at();
CREATE TRIGGER invoices_updated_at BEFORE UPDATE ON platform.invoices
    FOR EACH ROW EXECUTE FUNCTION platform.set_updated_at();
