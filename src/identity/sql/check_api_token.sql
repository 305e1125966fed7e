-- $1 token of the acting user, in its organization: never more than the user's role allows at this moment.
SELECT u.email,
       u.display_name,
       r.role,
       (SELECT string_agg(p.permission, ',')
        FROM platform.role_permissions AS p
        WHERE p.role = r.role
          AND (o.status = 'active' OR p.permission LIKE '%:read')
          AND (NOT t.read_only OR p.permission LIKE '%:read')
          AND (cardinality(t.scopes) = 0 OR p.permission = ANY (t.scopes))),
       coalesce(t.last_used_at < now() - interval '1 minute', true)
FROM platform.api_tokens AS t
JOIN platform.users AS u ON u.id = t.user_id AND u.status = 'active'
JOIN platform.user_roles AS r ON r.user_id = t.user_id AND r.organization_id = t.organization_id
JOIN platform.organizations AS o ON o.id = t.organization_id
WHERE t.id = $1::uuid AND t.revoked_at IS NULL AND t.expires_at > now()
