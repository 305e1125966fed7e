-- Run by a runner at its end. $1 the key.
SELECT pg_advisory_unlock($1::bigint)
