-- Undoes 022_kept_usage.sql. Fails while there is usage of projects that were deleted: it belongs to a bill.

COMMENT ON COLUMN platform.usage_records.project_id IS NULL;
DROP TRIGGER usage_records_refuse_foreign ON platform.usage_records;
DROP FUNCTION platform.refuse_foreign_usage();
ALTER TABLE platform.usage_records DROP CONSTRAINT usage_records_organization_id_fkey;
-- The owner, too, is to see all the rows that are compared.
ALTER TABLE platform.usage_records NO FORCE ROW LEVEL SECURITY;
ALTER TABLE platform.projects NO FORCE ROW LEVEL SECURITY;
ALTER TABLE platform.usage_records ADD CONSTRAINT usage_records_project_id_fkey
    FOREIGN KEY (project_id, organization_id) REFERENCES platform.projects (id, organization_id);
ALTER TABLE platform.projects FORCE ROW LEVEL SECURITY;
ALTER TABLE platform.usage_records FORCE ROW LEVEL SECURITY;
