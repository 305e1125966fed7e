-- Every table is either known to belong to no tenant or has row-level security with a policy.
SELECT c.relrowsecurity AND EXISTS (SELECT FROM pg_catalog.pg_policy AS p WHERE p.polrelid = c.oid) AS has_policy
FROM pg_catalog.pg_class AS c
WHERE c.relnamespace = 'platform'::pg_catalog.regnamespace
  AND c.relkind IN ('r', 'p')
  AND c.relname NOT IN ('plans', 'permissions', 'role_permissions', 'settings', 'master_keys');

-- Whoever the server is, the policies bind it, and it owns nothing here.
SELECT NOT r.rolsuper AND NOT r.rolbypassrls AS bound_by_policies,
       NOT EXISTS (
           SELECT FROM pg_catalog.pg_class AS c
           WHERE c.relnamespace = 'platform'::pg_catalog.regnamespace AND c.relowner = r.oid) AS owns_nothing
FROM pg_catalog.pg_roles AS r
WHERE r.rolname IN ('drydock_api', 'drydock_readonly');

-- The reading role reaches nothing that is sealed or hashed.
SELECT NOT has_column_privilege(r.oid, c.attrelid, c.attnum, 'SELECT') AS secret_column_closed
FROM pg_catalog.pg_roles AS r
CROSS JOIN pg_catalog.pg_attribute AS c
WHERE r.rolname = 'drydock_readonly'
  AND (c.attrelid, c.attname) IN (
      ('platform.data_keys'::pg_catalog.regclass, 'wrapped_key'), ('platform.credentials'::pg_catalog.regclass, 'ciphertext'),
      ('platform.users'::pg_catalog.regclass, 'password_hash'), ('platform.payment_methods'::pg_catalog.regclass, 'provider_token'),
      ('platform.databases'::pg_catalog.regclass, 'connection_string_encrypted'));
