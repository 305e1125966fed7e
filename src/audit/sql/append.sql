-- $1 action, $2 object type, $3 object id, $4 object name, $5 outcome, $6 details, $7 via, $8 request id, $9 login,
-- $10 address. Place, time, user and hashes are filled in by the trigger. What comes from outside is cut to size: a long
-- one must not keep an action from being audited.
INSERT INTO platform.audit_log (action, object_type, object_id, object_name, outcome, details, via, request_id, login, address)
VALUES ($1, nullif($2, ''), nullif($3, ''), left(nullif($4, ''), 500), $5, $6::jsonb, nullif($7, ''),
    left(nullif($8, ''), 200), left(nullif($9, ''), 320), left(nullif($10, ''), 200))
