-- Run first in the transaction: what decides how the server writes expressions, names and values, how it plans, and
-- how long it waits for somebody who changes a table.
SELECT set_config('search_path', 'pg_catalog', true),
    set_config('quote_all_identifiers', 'off', true),
    set_config('standard_conforming_strings', 'on', true),
    set_config('DateStyle', 'ISO, MDY', true),
    set_config('IntervalStyle', 'postgres', true),
    set_config('TimeZone', 'UTC', true),
    set_config('bytea_output', 'hex', true),
    -- What is said in UTF-8 must be UTF-8, and nobody knows that of SQL_ASCII.
    set_config('client_encoding', CASE current_setting('server_encoding')
        WHEN 'SQL_ASCII' THEN 'SQL_ASCII' ELSE current_setting('client_encoding') END, true),
    set_config('extra_float_digits', '1', true),
    set_config('lc_monetary', 'C', true),
    set_config('lock_timeout', '200ms', true),
    set_config('jit', 'off', true),
    set_config('max_parallel_workers_per_gather', '0', true),
    set_config('plan_cache_mode', 'force_generic_plan', true)
