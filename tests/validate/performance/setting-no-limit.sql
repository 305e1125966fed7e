-- fires:
--   idle_in_transaction_session_timeout
--   statement_timeout
SELECT 1;
-- silent:
DO $$ BEGIN
    EXECUTE format('ALTER DATABASE %I SET idle_in_transaction_session_timeout = ''1min''', current_database());
    EXECUTE format('ALTER DATABASE %I SET statement_timeout = ''1min''', current_database());
END $$;
