-- $1 arrays of one length, as JSON would be three times as slow: $1 database, $2 seconds ago, $3 status, $4 changed,
-- $5 outcome, $6 phase, $7 SQLSTATE, $8 checks, $9 latency and $10 connecting in µs, $11 error. What is no database of
-- this organization is left out.
INSERT INTO platform.database_health
    (database_id, organization_id, checked_at, status, changed, outcome, phase, sqlstate, checks, latency_us, connect_us, error)
SELECT d.id, d.organization_id, now() - make_interval(secs => r.ago), r.status, r.changed, r.outcome, r.phase, r.sqlstate,
       r.checks, r.latency_us, r.connect_us, r.error
FROM unnest($1::uuid[], $2::double precision[], $3::text[], $4::boolean[], $5::text[], $6::text[], $7::text[], $8::integer[],
        $9::integer[], $10::integer[], $11::text[])
    AS r (database_id, ago, status, changed, outcome, phase, sqlstate, checks, latency_us, connect_us, error)
JOIN platform.databases AS d ON d.id = r.database_id
