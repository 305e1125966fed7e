-- $1 invoice, $2 organization, $3 place, $4 metric, $5 description, $6 quantity, $7 unit price, $8 amount.
INSERT INTO platform.invoice_lines (invoice_id, organization_id, line_number, metric, description, quantity, unit_price_minor, amount_minor)
VALUES ($1::uuid, $2::uuid, $3::integer, $4, $5, $6::numeric, $7::numeric, $8::bigint)
