-- fires:
--   old_login
CREATE ROLE old_login LOGIN PASSWORD 'md5e1a05a9ce3b0b7c6f0c5c6a7bd0e2d4f';
-- cleanup
DROP ROLE old_login;
-- silent:
SET password_encryption = 'scram-sha-256';
CREATE ROLE new_login LOGIN PASSWORD 'something long';
-- cleanup
DROP ROLE new_login;
