-- $1 invoice.
UPDATE platform.invoices SET status = 'open' WHERE id = $1::uuid
