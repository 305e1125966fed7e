-- A plain connection string has no way into a row: the trigger fires in every session, and the check stands behind it.
SELECT t.tgenabled = 'A' AS sealing_always_on
FROM pg_catalog.pg_trigger AS t
WHERE t.tgrelid = 'platform.databases'::pg_catalog.regclass AND t.tgname = 'databases_seal';

SELECT c.convalidated AS plain_text_refused
FROM pg_catalog.pg_constraint AS c
WHERE c.conrelid = 'platform.databases'::pg_catalog.regclass AND c.conname = 'databases_connection_string_check';

-- What is shown of an address never holds a piece of its password.
SELECT p.host = 'db.example.com' AND p.port = 5432 AND p.database = 'shop' AND p.username = 'app' AS ordinary_address
FROM platform.connection_string_parts('postgresql://app:geheim@db.example.com:5432/shop?sslmode=require') AS p;

SELECT num_nonnulls(p.host, p.port, p.database, p.username) = 0 AS unusual_address_gives_nothing
FROM (VALUES ('postgresql://app:ge@heim@db/shop'), ('postgresql://app:1/a?b@db/shop'), ('postgresql://app:ge heim@db/shop'),
             ('host=db password=geheim'), ('geheim')) AS v (address)
CROSS JOIN LATERAL platform.connection_string_parts(v.address) AS p;

SELECT platform.holds_secret('{"pool": {"dbPassword": "x"}}') AS secret_by_name,
       platform.holds_secret('{"replicas": ["redis://:x@host"]}') AS secret_in_address,
       NOT platform.holds_secret('{"pool": {"size": 5}, "url": "http://host:80/a@b"}') AS no_secret;
