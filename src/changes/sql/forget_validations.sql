-- $1 database, $2 how many of the newest stay
DELETE FROM platform.validations AS v
WHERE v.database_id = $1::uuid
  AND v.id IN (
    SELECT o.id FROM platform.validations AS o
    WHERE o.database_id = $1::uuid
    ORDER BY o.created_at DESC, o.id DESC
    OFFSET $2::bigint)
