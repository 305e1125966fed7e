-- $1 organization, $2 invoice. Terms and hash it was issued with, and the hash that the audit trail has.
SELECT t.terms,
       encode(t.content_hash, 'hex') AS content_hash,
       (SELECT a.details ->> 'content_hash'
        FROM platform.audit_log AS a
        WHERE a.organization_id = $1::uuid AND a.object_id = $2::text AND a.action = 'billing.invoice_issued'
        ORDER BY a.sequence DESC LIMIT 1) AS audited_hash,
       platform.current_user_can('audit:read') AS may_read_trail
FROM platform.invoice_terms AS t
WHERE t.organization_id = $1::uuid AND t.invoice_id = $2::uuid
