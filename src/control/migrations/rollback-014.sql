-- Undoes 014_metering.sql. Destroys measured sizes and the terms of invoices: issued ones can then be neither computed again nor
-- verified, and nothing keeps them from being changed.

DROP FUNCTION platform.grant_metering_roles();
DROP TRIGGER usage_records_keep_billed ON platform.usage_records;
DROP TRIGGER invoice_lines_refuse_truncate ON platform.invoice_lines;
DROP TRIGGER invoice_lines_keep_issued ON platform.invoice_lines;
DROP TRIGGER invoices_refuse_truncate ON platform.invoices;
DROP TRIGGER invoices_keep_issued ON platform.invoices;
DROP TABLE platform.invoice_terms;
DROP TABLE platform.database_sizes;
DROP FUNCTION platform.keep_billed_usage();
DROP FUNCTION platform.keep_issued_lines();
DROP FUNCTION platform.keep_issued_invoice();
ALTER TABLE platform.payment_methods DROP CONSTRAINT payment_methods_provider_card_check;
DROP INDEX platform.invoices_organization_id_period_start_live_idx;
