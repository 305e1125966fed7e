-- fires:
--   public.t_tags
--   public.t_doc
CREATE TABLE t (id int PRIMARY KEY, tags text[], doc jsonb, oids oidvector);
CREATE INDEX t_tags ON t (tags);
CREATE INDEX t_doc ON t (doc);
-- silent:
CREATE TABLE t (id int PRIMARY KEY, tags text[], doc jsonb);
CREATE INDEX ON t USING gin (tags);
CREATE INDEX ON t USING gin (doc);
CREATE INDEX ON t ((doc ->> 'a'));
CREATE UNIQUE INDEX ON t (tags);
