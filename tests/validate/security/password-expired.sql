-- fires:
--   bygone
CREATE ROLE bygone LOGIN VALID UNTIL '2020-01-01';
-- cleanup
DROP ROLE bygone;
-- silent:
CREATE ROLE lasting LOGIN VALID UNTIL 'infinity';
CREATE ROLE nobody_logs_in VALID UNTIL '2020-01-01';
-- cleanup
DROP ROLE lasting;
-- cleanup
DROP ROLE nobody_logs_in;
