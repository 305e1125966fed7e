-- Run while another runner has the lease: who it is. $1 project. At most one row.
SELECT client, greatest(0, ceil(extract(epoch FROM expires_at - clock_timestamp())))::bigint
FROM drydock.run_lease
WHERE project = $1
