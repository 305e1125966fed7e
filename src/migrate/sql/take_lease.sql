-- Run behind a transaction-pooling proxy until the lease is free or expired, then to renew it.
-- $1 project, $2 holder, $3 client, $4 seconds. A row when the lease is ours.
INSERT INTO drydock.run_lease AS l (project, holder, client, expires_at)
VALUES ($1, $2::uuid, $3, clock_timestamp() + make_interval(secs => $4::double precision))
ON CONFLICT (project) DO UPDATE
    SET holder = excluded.holder, client = excluded.client, expires_at = excluded.expires_at
    WHERE l.holder = excluded.holder OR l.expires_at < clock_timestamp()
RETURNING 1
