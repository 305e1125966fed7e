-- $1 time. A leader asks more often than that; one that is paused keeps its session, and with it the lock, no longer.
SELECT set_config('idle_session_timeout', $1::text, false)
