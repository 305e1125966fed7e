-- What is one person's, and what is one organization's, is closed to others, also to the owner of the tables.
SELECT bool_and(c.relrowsecurity AND c.relforcerowsecurity) AS forced, count(*) = 8 AS all_of_them
FROM pg_class AS c
WHERE c.relnamespace = 'platform'::regnamespace
  AND c.relname IN ('sessions', 'refresh_tokens', 'second_factors', 'recovery_codes', 'password_resets',
      'user_identities', 'invitations', 'api_tokens');

-- A session has one refresh token that can still be used.
SELECT i.indisunique AND i.indisvalid AND pg_get_expr(i.indpred, i.indrelid) = '(used_at IS NULL)' AS one_live_token
FROM pg_index AS i
WHERE i.indexrelid = 'platform.refresh_tokens_live_key'::regclass;
