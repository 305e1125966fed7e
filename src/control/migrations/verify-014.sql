-- The new tables are closed, also to their owner, and what is issued is guarded.
SELECT bool_and(c.relrowsecurity AND c.relforcerowsecurity) AS forced, count(*) = 2 AS both
FROM pg_class AS c
WHERE c.relnamespace = 'platform'::regnamespace AND c.relname IN ('database_sizes', 'invoice_terms');

SELECT count(*) = 6 AS guarded
FROM pg_trigger AS t
JOIN pg_proc AS p ON p.oid = t.tgfoid
WHERE t.tgenabled = 'O' AND p.pronamespace = 'platform'::regnamespace
  AND p.proname IN ('keep_issued_invoice', 'keep_issued_lines', 'keep_billed_usage');
