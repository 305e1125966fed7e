-- Check: Login over the network without a proper password
-- Severity: critical
-- Cost: C0
-- Requires: superuser
-- Why: trust lets anybody in who reaches the port; password sends it in clear; md5 can be broken.
-- Fix: scram-sha-256 or a certificate in pg_hba.conf, then reload.
SELECT format('%s %s %s %s', h.type, array_to_string(h.database, ','), array_to_string(h.user_name, ','), h.address) AS object,
       format('%s from %s as %s gets in with %s', array_to_string(h.database, ','), h.address,
              array_to_string(h.user_name, ','), h.auth_method) AS message,
       CASE h.auth_method WHEN 'md5' THEN 'warning' ELSE 'critical' END AS severity,
       min(h.line_number) AS line, h.auth_method AS method
  FROM pg_hba_file_rules h
 WHERE h.error IS NULL AND h.type LIKE 'host%' AND h.auth_method IN ('trust', 'password', 'md5')
   AND NOT (h.auth_method = 'password' AND h.type = 'hostssl')
 GROUP BY h.type, h.database, h.user_name, h.address, h.auth_method
 ORDER BY 1
