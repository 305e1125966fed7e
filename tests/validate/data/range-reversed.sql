-- fires:
--   public.contract.valid_from, valid_to
--   public.contract.starts_at, ends_at
CREATE TABLE contract (id int PRIMARY KEY, valid_from date, valid_to date, starts_at timestamptz, ends_at timestamptz);
INSERT INTO contract VALUES (1, '2020-01-01', '2021-01-01', now(), NULL), (2, '2021-01-01', '2020-01-01', now(), now() - interval '1 day');
-- before the fix
DELETE FROM contract WHERE id = 2;
-- silent:
CREATE TABLE contract (id int PRIMARY KEY, valid_from date, valid_to date, start_id int, end_id date);
INSERT INTO contract VALUES (1, '2020-01-01', '2021-01-01', 5, '2020-01-01'), (2, '2021-01-01', NULL, 1, '2020-01-01');
