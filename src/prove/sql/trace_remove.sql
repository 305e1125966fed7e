-- Run by a trace after each migration: nothing of it is to be seen by the next.
DROP EVENT TRIGGER IF EXISTS drydock_trace_rewrite;
DROP EVENT TRIGGER IF EXISTS drydock_trace_drop;
DROP FUNCTION IF EXISTS drydock.trace_rewrite();
DROP FUNCTION IF EXISTS drydock.trace_drop();
DROP TABLE IF EXISTS drydock.trace_event
