-- $1 the acting user, $2 epoch, $3 methods, $4 user agent, $5 address, $6 days until it ends without a renewal,
-- $7 preferred organization or NULL. Else the one of the last session, else the one joined first.
INSERT INTO platform.sessions (user_id, epoch, methods, user_agent, address, stepped_up_at, expires_at, chosen_organization_id)
SELECT $1::uuid, $2::bigint, $3::text[], $4, $5, now(), now() + make_interval(days => $6::integer),
    (SELECT r.organization_id
     FROM platform.user_roles AS r
     JOIN platform.organizations AS o ON o.id = r.organization_id
     WHERE r.user_id = $1::uuid AND o.status <> 'closed'
     ORDER BY r.organization_id IS NOT DISTINCT FROM $7::uuid DESC,
         r.organization_id IS NOT DISTINCT FROM (
             SELECT s.chosen_organization_id FROM platform.sessions AS s
             WHERE s.user_id = $1::uuid ORDER BY s.created_at DESC LIMIT 1) DESC,
         r.created_at, r.organization_id
     LIMIT 1)
RETURNING id, chosen_organization_id, floor(extract(epoch FROM now()))::bigint
