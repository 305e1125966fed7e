-- Check: Several permissive policies for one role and command
-- Severity: info
-- Cost: C0
-- Why: each of them is worked out for every row that a query touches, and they add up: a row is seen when one says so.
-- Fix: one policy with OR; what has to narrow rows is RESTRICTIVE.
SELECT format('%s for %s to %s', t.label, c.command, CASE p.role WHEN 0 THEN 'public' ELSE pg_get_userbyid(p.role) END) AS object,
       format('%s policies of %s are all asked for %s', count(*), t.label, c.command) AS message,
       string_agg(p.polname, ', ' ORDER BY p.polname) AS policies
  FROM (SELECT y.polrelid, y.polname, y.polcmd, unnest(y.polroles) AS role FROM pg_policy y WHERE y.polpermissive) p
  JOIN user_table t ON t.oid = p.polrelid AND t.row_security
  JOIN (VALUES ('r', 'SELECT'), ('a', 'INSERT'), ('w', 'UPDATE'), ('d', 'DELETE')) AS c(letter, command)
    ON p.polcmd IN ('*', c.letter::"char")
 GROUP BY t.label, c.command, p.role
HAVING count(*) > 1
 ORDER BY 1
