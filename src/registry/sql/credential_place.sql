-- Where a credential comes from, and the databases at that very place that sign in with it; what drydock has sealed of each
-- tells whether it was let go there.
-- $1 credential, $2 place
SELECT c.source, d.id, d.organization_id, d.project_id, d.credential_version, d.place_sealed
FROM platform.credentials AS c
LEFT JOIN platform.databases AS d
    ON d.credential_id = c.id AND d.place_sealed IS NOT NULL AND platform.secret_place(d) = $2::jsonb
WHERE c.id = $1::uuid
ORDER BY d.created_at, d.id
LIMIT 100
