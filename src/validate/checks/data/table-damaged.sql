-- Check: Table that is damaged
-- Severity: critical
-- Cost: C3
-- Mode: probes
-- Versions: 14+
-- Requires: extension amcheck
-- Why: rows whose headers don't fit each other, or whose long values are gone, end queries and dumps with an error, or hide
--   rows. Only checksums of pages find that otherwise, and only what a disk did.
-- Fix: stop writing, keep a copy of the files, and restore; read what can be read with a dump of the rest.
SELECT r.label AS object,
       format('{rows} of what verify_heapam found in %s', r.label) AS message,
       r.bytes,
       format('SELECT c.blkno AS page, c.offnum AS item, c.attnum AS attribute, c.msg AS trouble FROM %I.verify_heapam(%s, '
              'skip := ''all-frozen'') c', n.nspname, r.oid) AS probe
  FROM relation r
  JOIN pg_extension e ON e.extname = 'amcheck'
  JOIN pg_namespace n ON n.oid = e.extnamespace
 WHERE r.kind IN ('r', 'm') AND r.persistence = 'p'
 ORDER BY r.bytes, r.label
