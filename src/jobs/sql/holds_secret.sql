-- $1 arguments: whether they look as if they held a secret. Asked before they are written, since a row that a constraint
-- refuses stands in the server's log.
SELECT platform.holds_secret($1::jsonb)
