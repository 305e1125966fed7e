-- Migration: Kept usage
-- Purpose: A project that was metered can be deleted. What it used stays for the bill, with the project's id as it was.
-- Dependencies: 005_limits.sql
-- Rollback: rollback-022.sql
-- Environment: all

ALTER TABLE platform.usage_records DROP CONSTRAINT usage_records_project_id_fkey;
ALTER TABLE platform.usage_records ADD CONSTRAINT usage_records_organization_id_fkey
    FOREIGN KEY (organization_id) REFERENCES platform.organizations (id);

-- In its place: usage is of a project that is there when it is recorded, and of its own organization. To find the project
-- deleted at this moment does no harm.
CREATE FUNCTION platform.refuse_foreign_usage() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM platform.projects AS p WHERE p.id = NEW.project_id AND p.organization_id = NEW.organization_id) THEN
        RAISE EXCEPTION 'the organization has no project %', NEW.project_id USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION platform.refuse_foreign_usage() IS 'Trigger: usage is recorded for a project that the organization has';
CREATE TRIGGER usage_records_refuse_foreign AFTER INSERT OR UPDATE OF project_id, organization_id ON platform.usage_records
    FOR EACH ROW EXECUTE FUNCTION platform.refuse_foreign_usage();
COMMENT ON COLUMN platform.usage_records.project_id IS 'Kept when the project is deleted';
