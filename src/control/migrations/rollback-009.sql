-- Undoes 009_audit.sql. Destroys the audit trail and its checkpoints: export them first (drydock audit export). What the
-- sinks of the checkpoints hold stays.

DROP FUNCTION platform.grant_audit_roles();
DROP TABLE platform.audit_checkpoints;
DROP TABLE platform.audit_heads;
DROP FUNCTION platform.audit_row_hash(platform.audit_log);
DROP TABLE platform.audit_log;
DROP FUNCTION platform.refuse_audit_change();
DROP FUNCTION platform.chain_audit_row();
DROP FUNCTION platform.audit_field(text);
DELETE FROM platform.role_permissions WHERE permission = 'audit:read';
DELETE FROM platform.permissions WHERE name = 'audit:read';
