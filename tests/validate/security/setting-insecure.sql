-- fires:
--   password_encryption
--   log_statement
DO $$ BEGIN
    EXECUTE format('ALTER DATABASE %I SET password_encryption = ''md5''', current_database());
    EXECUTE format('ALTER DATABASE %I SET log_statement = ''all''', current_database());
END $$;
-- silent:
SELECT 1;
