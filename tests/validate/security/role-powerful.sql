-- fires:
--   strong
CREATE ROLE strong LOGIN CREATEROLE CREATEDB;
-- cleanup
DROP ROLE strong;
-- silent:
CREATE ROLE plain LOGIN;
CREATE ROLE group_role CREATEROLE;
-- cleanup
DROP ROLE plain;
-- cleanup
DROP ROLE group_role;
