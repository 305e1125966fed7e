-- Check: Connections without TLS
-- Severity: warning
-- Cost: C0
-- Parameter: everywhere = 0, 1 also where the server listens to this machine only
-- Why: data goes over the network for everybody to read.
-- Fix: ssl = on with a certificate, and hostssl in pg_hba.conf.
SELECT 'ssl' AS object,
       format('TLS is off, and the server listens on %s', current_setting('listen_addresses')) AS message
 WHERE current_setting('ssl') = 'off'
   AND ({everywhere} <> 0
        OR EXISTS (SELECT FROM unnest(string_to_array(replace(current_setting('listen_addresses'), ' ', ''), ',')) a
                    WHERE a <> '' AND a NOT IN ('localhost', '::1') AND a NOT LIKE '127.%'))
