-- Migration: Health of the databases
-- Purpose: The history of health checks, a partition a day, and what people and programs ask of it: which databases are
--   unhealthy, which were not checked for long, how many checks failed, how long they were up and how fast they answered.
-- Dependencies: 006_databases.sql, 007_restrictive_rls.sql
-- Rollback: rollback-011.sql
-- Environment: all

-- Checks that went well are put together before they are stored, so a row may stand for several of them. No foreign keys:
-- making and dropping a day's partition would lock platform.databases. Rows of what is gone go with their day.
CREATE TABLE platform.database_health (
    database_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    checked_at timestamptz DEFAULT now() NOT NULL,
    status text NOT NULL,
    changed boolean DEFAULT false NOT NULL,
    outcome text NOT NULL,
    phase text,
    sqlstate text,
    checks integer DEFAULT 1 NOT NULL,
    latency_us integer,
    connect_us integer,
    error text,
    CONSTRAINT database_health_status_check CHECK (status IN ('healthy', 'unhealthy', 'unknown')),
    CONSTRAINT database_health_outcome_check CHECK (outcome ~ '^[a-z][a-z_]{0,62}$'),
    CONSTRAINT database_health_phase_check CHECK (phase IN ('name', 'tcp', 'tls', 'sign_in', 'query')),
    CONSTRAINT database_health_sqlstate_check CHECK (sqlstate ~ '^[0-9A-Z]{5}$'),
    CONSTRAINT database_health_checks_check CHECK (checks >= 1),
    CONSTRAINT database_health_latency_us_check CHECK (latency_us >= 0),
    CONSTRAINT database_health_connect_us_check CHECK (connect_us >= 0),
    CONSTRAINT database_health_error_check CHECK (length(error) <= 2000)
) PARTITION BY RANGE (checked_at);
COMMENT ON TABLE platform.database_health IS 'What health checks measured, a partition a day (UTC). The present state stands in platform.databases';
COMMENT ON COLUMN platform.database_health.checked_at IS 'Of the last check that the row stands for';
COMMENT ON COLUMN platform.database_health.status IS 'What the database counted as after it: it takes several failures in a row to become unhealthy';
COMMENT ON COLUMN platform.database_health.changed IS 'Whether the status changed with it';
COMMENT ON COLUMN platform.database_health.outcome IS
    'ok, slow and read_only are answers; unreachable, refused, timed_out, name_failed, tls_failed, auth_failed, too_many_connections, starting_up, server_error, protocol_error, not_allowed are failures';
COMMENT ON COLUMN platform.database_health.phase IS 'What it was doing when it failed';
COMMENT ON COLUMN platform.database_health.checks IS 'How many checks with the same outcome, one after the other, the row stands for';
COMMENT ON COLUMN platform.database_health.latency_us IS 'From question to answer, of the slowest of them; NULL without an answer';
COMMENT ON COLUMN platform.database_health.connect_us IS 'What connecting took, where it had to be done anew';

CREATE INDEX database_health_database_id_checked_at_idx ON platform.database_health (database_id, checked_at DESC);
CREATE INDEX database_health_changed_idx ON platform.database_health (database_id, checked_at DESC) WHERE changed;
CREATE INDEX database_health_organization_id_checked_at_idx ON platform.database_health (organization_id, checked_at);

-- Partitions belong to the owner, and the server works as another role: hence the definer's rights. A partition is closed
-- to everybody by itself; the table above it lets through what its policies allow. Made apart and then attached, which
-- does not stop those who read and write.
CREATE FUNCTION platform.ensure_health_partitions(days integer DEFAULT 7) RETURNS integer
    LANGUAGE plpgsql
    SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
    SET lock_timeout = '5s'
AS $$
DECLARE
    today date := (now() AT TIME ZONE 'UTC')::date;
    day date;
    part text;
    made integer := 0;
BEGIN
    IF days IS NULL OR days NOT BETWEEN 0 AND 366 THEN
        RAISE EXCEPTION 'partitions are made for 0 to 366 days ahead, not for %', days USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('platform.database_health', 0));
    -- Yesterday too: a check that waited to be stored may be of the day before.
    FOR day IN SELECT d::date FROM generate_series(today - 1, today + days, interval '1 day') AS d LOOP
        part := 'database_health_' || to_char(day, 'YYYYMMDD');
        CONTINUE WHEN to_regclass('platform.' || part) IS NOT NULL;
        EXECUTE format('CREATE TABLE platform.%I (LIKE platform.database_health INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part);
        EXECUTE format('ALTER TABLE platform.%I ADD CONSTRAINT %I CHECK (checked_at >= %L AND checked_at < %L)',
            part, part || '_day', day::text || ' 00:00+00', (day + 1)::text || ' 00:00+00');
        EXECUTE format('ALTER TABLE platform.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', part);
        EXECUTE format('CREATE POLICY %I ON platform.%I AS RESTRICTIVE USING (false)', part || '_closed', part);
        EXECUTE format('ALTER TABLE platform.database_health ATTACH PARTITION platform.%I FOR VALUES FROM (%L) TO (%L)',
            part, day::text || ' 00:00+00', (day + 1)::text || ' 00:00+00');
        EXECUTE format('ALTER TABLE platform.%I DROP CONSTRAINT %I', part, part || '_day');
        made := made + 1;
    END LOOP;
    RETURN made;
END;
$$;
COMMENT ON FUNCTION platform.ensure_health_partitions(integer) IS
    'Makes the partitions of platform.database_health from yesterday to so many days ahead that are not there; says how many it made';
REVOKE EXECUTE ON FUNCTION platform.ensure_health_partitions(integer) FROM PUBLIC;

CREATE FUNCTION platform.drop_health_partitions(keep integer DEFAULT 30) RETURNS integer
    LANGUAGE plpgsql
    SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
    SET lock_timeout = '2s'
AS $$
DECLARE
    oldest date := (now() AT TIME ZONE 'UTC')::date - keep;
    part text;
    dropped integer := 0;
BEGIN
    IF keep IS NULL OR keep < 1 THEN
        RAISE EXCEPTION 'at least 1 day of health checks is kept, not %', keep USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- History goes for all organizations at once, so nobody may ask for it on behalf of one.
    IF nullif(current_setting('app.current_user_id', true), '')::uuid IS DISTINCT FROM platform.system_user_id()
       AND NOT (current_setting('role') = 'none' AND pg_has_role(session_user, (SELECT c.relowner FROM pg_class AS c WHERE c.oid = 'platform.database_health'::regclass), 'USAGE')) THEN
        RAISE EXCEPTION 'only drydock itself or the owner of the schema drops the history of health checks'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('platform.database_health', 0));
    FOR part IN
        SELECT c.relname
        FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'platform.database_health'::regclass
          AND c.relname ~ '^database_health_[0-9]{8}$'
          AND to_date(right(c.relname, 8), 'YYYYMMDD') < oldest
        ORDER BY c.relname
    LOOP
        BEGIN
            EXECUTE format('DROP TABLE platform.%I', part);
            dropped := dropped + 1;
        EXCEPTION
            WHEN lock_not_available THEN
                RAISE NOTICE 'the partition % is in use and stays until the next time', part;
        END;
    END LOOP;
    RETURN dropped;
END;
$$;
COMMENT ON FUNCTION platform.drop_health_partitions(integer) IS
    'Drops the partitions of platform.database_health that are older than so many days; says how many. What somebody reads just now stays until the next time';
REVOKE EXECUTE ON FUNCTION platform.drop_health_partitions(integer) FROM PUBLIC;

CREATE FUNCTION platform.unhealthy_databases() RETURNS TABLE (
        database_id uuid, project_id uuid, name text, type text, error text, since timestamptz, last_health_check_at timestamptz)
    LANGUAGE sql
    STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT d.id, d.project_id, d.name, d.type, d.health_check_error,
           (SELECT max(h.checked_at) FROM platform.database_health AS h WHERE h.database_id = d.id AND h.changed),
           d.last_health_check_at
    FROM platform.databases AS d
    WHERE d.health_check_status = 'unhealthy' AND d.status IN ('active', 'error')
    ORDER BY d.name, d.id;
$$;
COMMENT ON FUNCTION platform.unhealthy_databases() IS
    'The databases of this organization that are unhealthy, without those in maintenance, and since when as far as the history tells';

CREATE FUNCTION platform.stale_health_checks(older_than interval DEFAULT '15 minutes') RETURNS TABLE (
        database_id uuid, project_id uuid, name text, type text, health_check_status text, last_health_check_at timestamptz, age interval)
    LANGUAGE sql
    STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT d.id, d.project_id, d.name, d.type, d.health_check_status, d.last_health_check_at,
           now() - coalesce(d.last_health_check_at, d.created_at)
    FROM platform.databases AS d
    WHERE d.status IN ('active', 'error') AND coalesce(d.last_health_check_at, d.created_at) < now() - older_than
    ORDER BY coalesce(d.last_health_check_at, d.created_at), d.id;
$$;
COMMENT ON FUNCTION platform.stale_health_checks(interval) IS
    'The databases of this organization that should be checked and were not for so long. drydock notes an unchanged state every five minutes, so ask for more than that';

CREATE FUNCTION platform.health_error_rate(span interval DEFAULT '1 hour', a_database uuid DEFAULT NULL) RETURNS TABLE (
        database_id uuid, name text, checks bigint, failures bigint, error_rate double precision)
    LANGUAGE sql
    STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT d.id, d.name, h.checks, h.failures, h.failures::double precision / nullif(h.checks, 0)
    FROM platform.databases AS d
    JOIN (
        SELECT r.database_id, sum(r.checks) AS checks,
               coalesce(sum(r.checks) FILTER (WHERE r.outcome NOT IN ('ok', 'slow', 'read_only')), 0) AS failures
        FROM platform.database_health AS r
        WHERE r.organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
          AND r.checked_at > now() - span
          AND (a_database IS NULL OR r.database_id = a_database)
        GROUP BY r.database_id) AS h ON h.database_id = d.id
    ORDER BY 5 DESC, d.name, d.id;
$$;
COMMENT ON FUNCTION platform.health_error_rate(interval, uuid) IS
    'Of each database of this organization, or of one, the share of its checks in that time that failed. After a failure checks come faster, so this is no share of time: see health_summary';

CREATE FUNCTION platform.health_summary(a_database uuid, span interval DEFAULT '24 hours') RETURNS TABLE (
        checks bigint, failures bigint, uptime double precision, watched interval,
        p50_us integer, p95_us integer, p99_us integer, most_us integer)
    LANGUAGE sql
    STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    WITH seen AS (
        SELECT h.checks, h.status, h.outcome, h.latency_us,
               -- A check speaks for the time before it, back to the one before, and for a quarter of an hour at most.
               least(extract(epoch FROM h.checked_at - coalesce(lag(h.checked_at) OVER (ORDER BY h.checked_at), h.checked_at)), 900) AS seconds
        FROM platform.database_health AS h
        WHERE h.database_id = a_database AND h.checked_at > now() - span
    ), answers AS (
        SELECT s.latency_us, sum(s.checks) OVER (ORDER BY s.latency_us ROWS UNBOUNDED PRECEDING) AS up_to, sum(s.checks) OVER () AS total
        FROM seen AS s
        WHERE s.latency_us IS NOT NULL
    ), latencies AS (
        SELECT min(a.latency_us) FILTER (WHERE a.up_to >= 0.50 * a.total) AS p50,
               min(a.latency_us) FILTER (WHERE a.up_to >= 0.95 * a.total) AS p95,
               min(a.latency_us) FILTER (WHERE a.up_to >= 0.99 * a.total) AS p99,
               max(a.latency_us) AS most
        FROM answers AS a
    ), counts AS (
        SELECT coalesce(sum(s.checks), 0)::bigint AS checks,
               coalesce(sum(s.checks) FILTER (WHERE s.outcome NOT IN ('ok', 'slow', 'read_only')), 0)::bigint AS failures,
               sum(s.seconds) FILTER (WHERE s.status = 'healthy') AS up,
               sum(s.seconds) FILTER (WHERE s.status <> 'unknown') AS known
        FROM seen AS s
    )
    SELECT c.checks, c.failures,
           CASE WHEN c.known > 0 THEN (coalesce(c.up, 0) / c.known)::double precision END,
           make_interval(secs => coalesce(c.known, 0)::double precision),
           l.p50, l.p95, l.p99, l.most
    FROM counts AS c CROSS JOIN latencies AS l;
$$;
COMMENT ON FUNCTION platform.health_summary(uuid, interval) IS
    'Of one database in that time: checks and failures, the share of the watched time that it was healthy, and how fast it answered';

CREATE FUNCTION platform.grant_health_roles() RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'drydock_api') THEN
        GRANT SELECT, INSERT ON platform.database_health TO drydock_api;
        GRANT EXECUTE ON FUNCTION platform.ensure_health_partitions(integer), platform.drop_health_partitions(integer) TO drydock_api;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'drydock_readonly') THEN
        GRANT SELECT ON platform.database_health TO drydock_readonly;
    END IF;
END;
$$;
COMMENT ON FUNCTION platform.grant_health_roles() IS 'As grant_service_roles(), for the history of health checks';
REVOKE EXECUTE ON FUNCTION platform.grant_health_roles() FROM PUBLIC;

SELECT platform.grant_health_roles();

ALTER TABLE platform.database_health ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.database_health FORCE ROW LEVEL SECURITY;
CREATE POLICY database_health_tenant ON platform.database_health AS RESTRICTIVE
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid))
    WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid));
CREATE POLICY database_health_select ON platform.database_health FOR SELECT
    USING (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid));
-- Only what drydock measured itself; nobody changes it, and it goes with its day.
CREATE POLICY database_health_insert ON platform.database_health FOR INSERT
    WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
        AND (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) = platform.system_user_id());
CREATE POLICY database_health_update ON platform.database_health FOR UPDATE USING (false);
CREATE POLICY database_health_delete ON platform.database_health FOR DELETE USING (false);
