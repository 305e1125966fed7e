-- Seconds since 1970, by the only clock that counts.
SELECT floor(extract(epoch FROM clock_timestamp()))::bigint
