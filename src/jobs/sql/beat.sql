-- $1 id, $2 name, $3 version, $4 threads, $5 running, $6 state.
INSERT INTO platform.replicas AS r (id, name, version, threads, running, state)
VALUES ($1::uuid, $2::text, $3::text, $4::integer, $5::integer, $6::text)
ON CONFLICT (id) DO UPDATE
SET threads = excluded.threads, running = excluded.running, state = excluded.state, seen_at = clock_timestamp()
