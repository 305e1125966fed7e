-- $1 invoice, $2 currency.
UPDATE platform.invoices AS i
SET currency = $2,
    subtotal_minor = (SELECT coalesce(sum(l.amount_minor), 0)::bigint FROM platform.invoice_lines AS l WHERE l.invoice_id = i.id)
WHERE i.id = $1::uuid
