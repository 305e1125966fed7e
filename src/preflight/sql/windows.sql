-- Run by the gate `window`. $1: a JSON array of {days: [1 is Monday …], begin, end: minutes, zone}; $2: the moment, or
-- NULL for now. One row a window: open or not, when it ends (open) or begins next (closed), the local time there.
-- Local times become moments by the zone's own rules, so summer time is as the server's time zone data knows it.
SELECT
    coalesce(bool_or(span.from_at <= moment.at AND moment.at < span.to_at), false)                  AS open,
    extract(
        epoch FROM max(span.to_at) FILTER (WHERE span.from_at <= moment.at AND moment.at < span.to_at) - moment.at
    )::bigint                                                                                       AS ends_in,
    to_char(
        max(span.to_at) FILTER (WHERE span.from_at <= moment.at AND moment.at < span.to_at) AT TIME ZONE w.zone,
        'Dy HH24:MI'
    )                                                                                               AS ends_at,
    to_char(min(span.from_at) FILTER (WHERE span.from_at > moment.at) AT TIME ZONE w.zone, 'Dy HH24:MI') AS begins_at,
    extract(epoch FROM min(span.from_at) FILTER (WHERE span.from_at > moment.at) - moment.at)::bigint    AS begins_in,
    to_char(moment.at AT TIME ZONE w.zone, 'Dy HH24:MI')                                            AS local
FROM json_array_elements($1::json) WITH ORDINALITY AS given (value, place)
CROSS JOIN LATERAL json_to_record(given.value) AS w (days json, "begin" integer, "end" integer, zone text)
CROSS JOIN (SELECT coalesce($2::timestamptz, clock_timestamp()) AS at) AS moment
CROSS JOIN generate_series(-2, 9) AS step (n)
CROSS JOIN LATERAL (SELECT (moment.at AT TIME ZONE w.zone)::date + step.n AS day) AS d
CROSS JOIN LATERAL (
    SELECT
        (d.day + make_interval(mins => w."begin")) AT TIME ZONE w.zone AS from_at,
        (d.day + CASE WHEN w."end" <= w."begin" THEN 1 ELSE 0 END + make_interval(mins => w."end")) AT TIME ZONE w.zone
            AS to_at
) AS span
WHERE EXISTS (
    SELECT FROM json_array_elements_text(w.days) AS wanted (day)
    WHERE wanted.day::integer = extract(isodow FROM d.day)::integer
)
GROUP BY given.place, moment.at, w.zone
ORDER BY given.place
