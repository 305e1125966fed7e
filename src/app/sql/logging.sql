-- Settings by which a server writes statements to its log, where they are on.
SELECT s.name, s.setting
FROM pg_catalog.pg_settings AS s
WHERE (s.name = 'log_statement' AND s.setting IN ('mod', 'all'))
   OR (s.name = 'log_min_duration_statement' AND s.setting <> '-1')
   OR (s.name = 'log_min_duration_sample' AND s.setting <> '-1')
   OR (s.name = 'pgaudit.log' AND s.setting <> 'none')
ORDER BY s.name
