--- hazard part-attach: the new partition is read
ALTER TABLE app.pt ATTACH PARTITION app.att FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
--- hazard part-default catalog: and so is the default one
ALTER TABLE app.ptd ATTACH PARTITION app.att2 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
--- hazard part-default catalog: a new partition beside a default one
CREATE TABLE app.ptd_2026 PARTITION OF app.ptd FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
--- hazard part-create: the parent is closed
CREATE TABLE app.pt_2026 PARTITION OF app.pt FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
--- hazard part-detach: the parent is closed
ALTER TABLE app.pt DETACH PARTITION app.pt_2024;
--- hazard part-recursion catalog: every partition at once
ALTER TABLE app.pt ADD COLUMN z int;
--- hazard part-recursion catalog: a key on every partition
ALTER TABLE app.pt ALTER COLUMN v SET NOT NULL;

--- safe catalog: a CHECK implies the bounds
ALTER TABLE app.pt ATTACH PARTITION app.att_ck FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
--- safe: a concurrent detach
ALTER TABLE app.pt DETACH PARTITION app.pt_2024 CONCURRENTLY;
--- safe: made alike, then attached
CREATE TABLE app.pt_2026 (LIKE app.pt INCLUDING ALL);
ALTER TABLE app.pt ATTACH PARTITION app.pt_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
--- safe: a partitioned table with its partitions
CREATE TABLE app.m (id bigint, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE app.m_2026 PARTITION OF app.m FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE INDEX m_at ON app.m (at);
