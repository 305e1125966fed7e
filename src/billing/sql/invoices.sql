-- $1 organization.
SELECT i.id,
       i.number,
       i.status,
       i.currency,
       to_char(i.period_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS period_start,
       to_char(i.period_end AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS period_end,
       to_char(i.issued_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS issued_at,
       to_char(i.due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS due_at,
       i.subtotal_minor,
       i.tax_minor,
       i.total_minor,
       to_char(i.paid_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS paid_at,
       i.provider_reference
FROM platform.invoices AS i
WHERE i.organization_id = $1::uuid
ORDER BY i.period_start DESC, i.created_at DESC
