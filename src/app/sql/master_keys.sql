-- The master keys that this control plane knows: id, check value in hex.
SELECT k.id, encode(k.check_value, 'hex') FROM platform.master_keys AS k ORDER BY k.id
