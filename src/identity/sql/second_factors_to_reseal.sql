-- $1 the current master key. Run as the system user without an organization.
SELECT f.user_id, f.sealed_secret, f.master_key_id FROM platform.second_factors AS f WHERE f.master_key_id <> $1
