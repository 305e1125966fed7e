-- $1 config, $2 metadata: whether either looks as if it held a secret. Asked before they are written, since a row that a
-- constraint refuses stands in the server's log.
SELECT platform.holds_secret($1::jsonb), platform.holds_secret($2::jsonb)
