-- $1 organization, $2 invoice, $3 status, $4 what the provider calls the payment, or ''.
UPDATE platform.invoices AS i
SET status = $3,
    paid_at = CASE WHEN $3 = 'paid' THEN now() END,
    provider_reference = coalesce(nullif($4, ''), i.provider_reference)
WHERE i.organization_id = $1::uuid AND i.id = $2::uuid AND i.status IN ('open', 'uncollectible') AND i.status <> $3
RETURNING i.number
