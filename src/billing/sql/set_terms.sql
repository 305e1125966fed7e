-- $1 invoice, $2 organization, $3 terms.
INSERT INTO platform.invoice_terms (invoice_id, organization_id, terms)
VALUES ($1::uuid, $2::uuid, $3::jsonb)
ON CONFLICT (invoice_id) DO UPDATE SET terms = excluded.terms, content_hash = NULL
