-- fires:
--   passes_by
CREATE ROLE passes_by BYPASSRLS LOGIN;
-- cleanup
DROP ROLE passes_by;
-- silent:
CREATE ROLE passes_not LOGIN;
-- cleanup
DROP ROLE passes_not;
