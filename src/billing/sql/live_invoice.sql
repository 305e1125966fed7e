-- $1 organization, $2 first day of the month.
SELECT i.id, i.number, i.status
FROM platform.invoices AS i
WHERE i.organization_id = $1::uuid AND i.period_start = $2::date::timestamp AT TIME ZONE 'UTC' AND i.status <> 'void'
FOR UPDATE
