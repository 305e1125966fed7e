-- Nothing in the schema keeps a project for the sake of its usage, and usage still belongs to a project.
SELECT NOT EXISTS (
    SELECT FROM pg_constraint AS c
    WHERE c.conrelid = 'platform.usage_records'::regclass AND c.contype = 'f'
      AND c.confrelid = 'platform.projects'::regclass) AS kept;

SELECT count(*) = 1 AS guarded
FROM pg_trigger AS t
WHERE t.tgrelid = 'platform.usage_records'::regclass AND t.tgname = 'usage_records_refuse_foreign' AND t.tgenabled = 'O';
