-- Run once a target, by the first command that writes: makes the schema in which drydock keeps its history.
-- Returns nothing. The format is described in docs/migrations.md; a change of it raises the version in `format`.
COMMENT ON SCHEMA drydock IS 'What drydock knows of the migrations of this database';

CREATE TABLE drydock.format (
    version    integer     NOT NULL,
    made_by    text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);
COMMENT ON TABLE drydock.format IS 'One row: the version of this schema. A drydock that knows only a lower one refuses to write';

CREATE SEQUENCE drydock.applied_order;

CREATE TABLE drydock.migration (
    project         text        NOT NULL,
    id              text        NOT NULL,
    status          text        NOT NULL,
    direction       text        NOT NULL DEFAULT 'up',
    applied_order   bigint      NOT NULL DEFAULT pg_catalog.nextval('drydock.applied_order'),
    raw_hash        text        NOT NULL,
    canonical_hash  text        NOT NULL,
    semantic_hash   text        NOT NULL,
    sql             text,
    rollback_sql    text,
    rollback_source text        NOT NULL DEFAULT 'none',
    rollback_grade  text,
    dependencies    text[]      NOT NULL DEFAULT '{}',
    statements      integer     NOT NULL,
    position        integer     NOT NULL DEFAULT 0,
    memo            jsonb,
    origin          text        NOT NULL DEFAULT 'run',
    applied_by      text        NOT NULL DEFAULT SESSION_USER,
    client          text        NOT NULL,
    run_id          uuid        NOT NULL,
    started_at      timestamptz NOT NULL DEFAULT pg_catalog.now(),
    finished_at     timestamptz,
    impact          jsonb,
    error           text,
    CONSTRAINT migration_pkey PRIMARY KEY (project, id),
    CONSTRAINT migration_status_check CHECK (status IN ('applied', 'rolled_back', 'failed', 'running')),
    CONSTRAINT migration_direction_check CHECK (direction IN ('up', 'down')),
    CONSTRAINT migration_rollback_source_check CHECK (rollback_source IN ('file', 'generated', 'none')),
    CONSTRAINT migration_rollback_grade_check
        CHECK (rollback_grade IN ('exact', 'data_lost', 'lossy', 'not_reversible')),
    CONSTRAINT migration_origin_check CHECK (origin IN ('run', 'baseline', 'adopted'))
);
COMMENT ON TABLE drydock.migration IS 'The state of each migration that ever ran here, by project and file name';
COMMENT ON COLUMN drydock.migration.direction IS 'What ran last: the migration (up) or its rollback (down)';
COMMENT ON COLUMN drydock.migration.rollback_grade IS 'Of a generated rollback: what it brings back';
COMMENT ON COLUMN drydock.migration.position IS 'Statements done and recorded, of one that runs step by step';
COMMENT ON COLUMN drydock.migration.memo IS 'What a step outside a transaction noted before it began, to be found after a crash';
COMMENT ON COLUMN drydock.migration.sql IS 'The file as it ran, placeholders not filled in; NULL when it is too big to keep';

-- Big files are kept as they ran: lz4 costs a tenth of the default's time, where the server has it.
DO $$
BEGIN
    EXECUTE 'ALTER TABLE drydock.migration ALTER COLUMN sql SET COMPRESSION lz4, ALTER COLUMN rollback_sql SET COMPRESSION lz4';
EXCEPTION
    WHEN feature_not_supported OR syntax_error THEN NULL;
END
$$;

CREATE TABLE drydock.migration_event (
    seq     bigint      GENERATED ALWAYS AS IDENTITY CONSTRAINT migration_event_pkey PRIMARY KEY,
    at      timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    project text        NOT NULL,
    id      text        NOT NULL,
    event   text        NOT NULL,
    run_id  uuid,
    by_role text        NOT NULL DEFAULT SESSION_USER,
    client  text        NOT NULL,
    detail  text
);
COMMENT ON TABLE drydock.migration_event IS 'Every change of state, append-only';

CREATE TABLE drydock.hold_release (
    project     text        NOT NULL,
    id          text        NOT NULL,
    reason      text        NOT NULL,
    released_by text        NOT NULL DEFAULT SESSION_USER,
    client      text        NOT NULL,
    released_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    CONSTRAINT hold_release_pkey PRIMARY KEY (project, id)
);
COMMENT ON TABLE drydock.hold_release IS 'Held migrations that somebody released by name';

CREATE TABLE drydock.run_lease (
    project    text        NOT NULL CONSTRAINT run_lease_pkey PRIMARY KEY,
    holder     uuid        NOT NULL,
    client     text        NOT NULL,
    expires_at timestamptz NOT NULL
);
COMMENT ON TABLE drydock.run_lease IS 'Who may run migrations, where a transaction-pooling proxy rules out a session lock';

CREATE FUNCTION drydock.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog
AS $$
BEGIN
    RAISE EXCEPTION '%.% is append-only', TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON drydock.migration_event
    FOR EACH STATEMENT EXECUTE FUNCTION drydock.refuse_change();

CREATE FUNCTION drydock.require(condition boolean, message text) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog
AS $$
BEGIN
    IF condition IS NOT TRUE THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', MESSAGE = message;
    END IF;
END
$$;
COMMENT ON FUNCTION drydock.require(boolean, text) IS 'Ends the transaction when something that must hold does not';

INSERT INTO drydock.format (version, made_by) VALUES (2, 'drydock');
