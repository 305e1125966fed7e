-- $1 organization, $2 invoice, $3 status.
UPDATE platform.invoices AS i
SET status = $3, paid_at = CASE WHEN $3 = 'paid' THEN now() END
WHERE i.organization_id = $1::uuid AND i.id = $2::uuid AND i.status <> 'draft'
RETURNING i.number
