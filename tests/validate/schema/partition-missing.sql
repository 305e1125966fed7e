-- fires:
--   public.log
CREATE TABLE log (at timestamptz NOT NULL, line text) PARTITION BY RANGE (at);
DO $$ BEGIN
    EXECUTE format('CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM (%L) TO (%L)', now() - interval '9 days', now() - interval '1 day');
END $$;
-- silent:
CREATE TABLE log (at date NOT NULL, line text) PARTITION BY RANGE (at);
CREATE TABLE past (at date NOT NULL, line text) PARTITION BY RANGE (at);
CREATE TABLE past_1 PARTITION OF past FOR VALUES FROM ('2010-01-01') TO ('2011-01-01');
DO $$ BEGIN
    EXECUTE format('CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM (%L) TO (%L)', now() - interval '1 day', now() + interval '30 days');
END $$;
CREATE TABLE numbers (n int NOT NULL) PARTITION BY RANGE (n);
CREATE TABLE numbers_1 PARTITION OF numbers FOR VALUES FROM (1) TO (2);
