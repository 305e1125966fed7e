-- Undoes 002_billing.sql. Destroys all plans, subscriptions, payment methods and invoices.

DROP TABLE platform.invoice_lines;
DROP TABLE platform.invoices;
DROP TABLE platform.payment_methods;
DROP TABLE platform.subscriptions;
DROP TABLE platform.plans;
DROP FUNCTION platform.contains_card_number(text);
