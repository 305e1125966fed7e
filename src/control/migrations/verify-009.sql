-- The tables of the trail are closed, also to their owner, and only ever added to.
SELECT bool_and(c.relrowsecurity AND c.relforcerowsecurity) AS forced,
       count(*) = 3 AS all_there,
       bool_and((SELECT count(*) >= 2 FROM pg_trigger AS t WHERE t.tgrelid = c.oid AND t.tgenabled = 'O'
           AND t.tgfoid = 'platform.refuse_audit_change()'::regprocedure)) AS guarded
FROM pg_class AS c
WHERE c.relnamespace = 'platform'::regnamespace AND c.relname IN ('audit_log', 'audit_heads', 'audit_checkpoints');

-- The canonical form is the one that the verifiers know.
SELECT platform.audit_field(NULL) || platform.audit_field('') || platform.audit_field('ä:1') = '-0:4:ä:1' AS fields;
