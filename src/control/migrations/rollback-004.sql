-- Undoes 004_first_organization.sql: takes away the organization and the project that it made, and nothing else.
-- Refuses as long as anything belongs to them.

DO $$
DECLARE
    in_the_way text;
BEGIN
    DELETE FROM platform.projects WHERE id = '00000000-0000-4000-8000-000000000002';
    DELETE FROM platform.organizations WHERE id = '00000000-0000-4000-8000-000000000001';
EXCEPTION
    WHEN foreign_key_violation THEN
        GET STACKED DIAGNOSTICS in_the_way = TABLE_NAME;
        RAISE EXCEPTION 'the default organization is in use: table platform.% has rows that belong to it', in_the_way
            USING ERRCODE = 'foreign_key_violation',
                  HINT = 'Move or delete what belongs to it, or roll back no further than this migration.';
END;
$$;
