-- $1 invoice, $2 hash in hexadecimal digits.
UPDATE platform.invoice_terms SET content_hash = decode($2, 'hex') WHERE invoice_id = $1::uuid
