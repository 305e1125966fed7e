-- $1 invoice.
DELETE FROM platform.invoice_lines WHERE invoice_id = $1::uuid
