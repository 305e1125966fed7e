-- Run by a runner until it has the right to run; never waits. $1 the key. One column: got it or not.
SELECT pg_try_advisory_lock($1::bigint)
