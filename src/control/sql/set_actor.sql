-- Who acts, for row-level security, until the transaction ends. Run by control::Store alone. A server that is paused in
-- the middle must not keep its locks from the others for ever, so where nothing else is set, a transaction that idles ends.
SELECT set_config('app.current_user_id', $1, true),
       set_config('app.current_org_id', $2, true),
       set_config('app.current_login', $3, true),
       set_config('idle_in_transaction_session_timeout',
           coalesce(nullif(current_setting('idle_in_transaction_session_timeout'), '0'), '60s'), true)
