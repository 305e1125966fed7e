-- $1 session of the acting user, $2 the token's epoch, $3 organization or NULL: all that a request has to know.
SELECT u.email,
       u.display_name,
       r.organization_id,
       r.role,
       (SELECT string_agg(p.permission, ',')
        FROM platform.role_permissions AS p
        WHERE p.role = r.role AND (o.status = 'active' OR p.permission LIKE '%:read')),
       array_to_string(s.methods, ','),
       coalesce(s.stepped_up_at > now() - interval '5 minutes', false),
       s.last_seen_at < now() - interval '1 minute',
       (extract(epoch FROM clock_timestamp()) * 1000000)::bigint,
       (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint
FROM platform.sessions AS s
JOIN platform.users AS u ON u.id = s.user_id AND u.status = 'active' AND u.session_epoch = s.epoch
LEFT JOIN platform.user_roles AS r ON r.user_id = s.user_id AND r.organization_id = $3::uuid
LEFT JOIN platform.organizations AS o ON o.id = r.organization_id
WHERE s.id = $1::uuid AND s.epoch = $2::bigint AND s.ended_at IS NULL AND s.expires_at > now()
