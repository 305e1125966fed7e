-- The same place under another key, if the old value is still there.
-- $1 id, $2 old value, $3 new one, $4 its key
UPDATE platform.databases AS d
SET place_sealed = $3::text, place_key_id = $4::uuid
WHERE d.id = $1::uuid AND d.place_sealed = $2::text
