-- $1 invoice, $2 organization, $3 days until it is due. The next number of the year: 2026-0001. Run under the organization's
-- lock, so there is neither a gap nor a number twice.
UPDATE platform.invoices AS i
SET issued_at = date_trunc('milliseconds', now()),
    due_at = date_trunc('milliseconds', now()) + make_interval(days => $3::integer),
    number = to_char(now() AT TIME ZONE 'UTC', 'YYYY') || '-' || (
        SELECT lpad(n.next::text, greatest(length(n.next::text), 4), '0')
        FROM (SELECT coalesce(max(split_part(o.number, '-', 2)::bigint), 0) + 1 AS next
              FROM platform.invoices AS o
              WHERE o.organization_id = $2::uuid
                AND o.number ~ ('^' || to_char(now() AT TIME ZONE 'UTC', 'YYYY') || '-[0-9]{4,10}$')) AS n)
WHERE i.id = $1::uuid
