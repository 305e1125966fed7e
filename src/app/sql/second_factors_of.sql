-- Run as the system user: how many second factors are sealed with a key of this master key.
SELECT count(*) FROM platform.second_factors AS f WHERE f.master_key_id = $1
