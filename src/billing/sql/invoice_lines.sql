-- $1 invoice.
SELECT l.metric, l.description, l.quantity, l.unit_price_minor, l.amount_minor
FROM platform.invoice_lines AS l
WHERE l.invoice_id = $1::uuid
ORDER BY l.line_number
