-- Run by superusers: others may not see how a subscription connects (subscriptions_public.sql). Passwords are not
-- read out.
SELECT 'pg_subscription'::regclass::oid AS _catalog, s.oid AS _oid, s.subname AS _name,
    pg_get_userbyid(s.subowner) AS owner,
    CASE WHEN NOT s.subenabled THEN 'disabled' END AS enabled,
    format(
        'CREATE SUBSCRIPTION %I CONNECTION %L PUBLICATION %s WITH (%s)', s.subname,
        regexp_replace(
            regexp_replace(
                s.subconninfo, '((?:ssl)?password\s*=\s*)(?:''(?:[^''\\]|\\.)*''|(?:[^\s''\\]|\\.)+)', '\1(hidden)', 'gi'
            ),
            '(://[^:@/]*:)[^@/]*@', '\1(hidden)@'
        ),
        (SELECT string_agg(quote_ident(name), ', ' ORDER BY name) FROM unnest(s.subpublications) AS name),
        concat_ws(
            ', ', 'connect = false', 'slot_name = ' || coalesce(quote_literal(s.subslotname), 'NONE'),
            CASE WHEN s.new ->> 'subsynccommit' <> 'off'
                THEN 'synchronous_commit = ' || quote_literal(s.new ->> 'subsynccommit') END,
            CASE WHEN (s.new ->> 'subbinary')::boolean THEN 'binary = true' END,
            CASE s.new ->> 'substream' WHEN 'true' THEN 'streaming = on' WHEN 't' THEN 'streaming = on'
                WHEN 'p' THEN 'streaming = parallel' END,
            CASE WHEN s.new ->> 'subtwophasestate' IN ('p', 'e') THEN 'two_phase = true' END,
            CASE WHEN (s.new ->> 'subdisableonerr')::boolean THEN 'disable_on_error = true' END,
            CASE WHEN NOT (s.new ->> 'subpasswordrequired')::boolean THEN 'password_required = false' END,
            CASE WHEN (s.new ->> 'subrunasowner')::boolean THEN 'run_as_owner = true' END,
            'origin = ' || nullif(s.new ->> 'suborigin', 'any'),
            CASE WHEN (s.new ->> 'subfailover')::boolean THEN 'failover = true' END
        )
    ) AS definition
FROM (SELECT *, to_jsonb(pg_subscription) AS new FROM pg_subscription) s
WHERE s.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
