-- Run by the first command that writes to a target whose history has format 1: what a generated rollback brings back is
-- kept from format 2 on. Two at once are one after the other; the second changes nothing.
LOCK TABLE drydock.migration IN ACCESS EXCLUSIVE MODE;
ALTER TABLE drydock.migration ADD COLUMN IF NOT EXISTS rollback_grade text CONSTRAINT migration_rollback_grade_check
    CHECK (rollback_grade IN ('exact', 'data_lost', 'lossy', 'not_reversible'));
COMMENT ON COLUMN drydock.migration.rollback_grade IS 'Of a generated rollback: what it brings back';
UPDATE drydock.format SET version = 2 WHERE version = 1;
