-- Where a credential comes from, and whether a database at that very place signs in with it already.
-- $1 credential, $2 type, $3 host, $4 port, $5 TLS, $6 config
SELECT c.source, EXISTS (
    SELECT FROM platform.databases AS d
    WHERE d.credential_id = c.id AND d.type = $2::text AND d.host = $3::text AND d.port = $4::integer
      AND d.ssl_enabled = $5::boolean
      AND d.config -> 'hosts' IS NOT DISTINCT FROM $6::jsonb -> 'hosts'
      AND d.config -> 'tls' IS NOT DISTINCT FROM $6::jsonb -> 'tls')
FROM platform.credentials AS c
WHERE c.id = $1::uuid
