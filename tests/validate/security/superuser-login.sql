-- fires:
--   second_root
CREATE ROLE second_root SUPERUSER LOGIN;
-- cleanup
DROP ROLE second_root;
-- silent:
CREATE ROLE group_of_roots SUPERUSER NOLOGIN;
-- cleanup
DROP ROLE group_of_roots;
