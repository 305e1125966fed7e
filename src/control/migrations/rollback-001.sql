-- Undoes 001_platform.sql. Destroys all organizations, projects, keys and credentials; DROP SCHEMA without CASCADE
-- stops at anything that somebody else has put into the schema.

DROP TABLE platform.credentials;
DROP TABLE platform.data_keys;
DROP TABLE platform.master_keys;
DROP TABLE platform.projects;
DROP TABLE platform.organizations;
DROP FUNCTION platform.refuse_older_credential();
DROP FUNCTION platform.fill_organization_id();
DROP FUNCTION platform.set_updated_at();
DROP SCHEMA platform;
