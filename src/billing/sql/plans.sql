SELECT p.code, p.name, p.currency, p.base_price_minor, p.database_price_minor, p.storage_gib_price_minor,
       p.included_databases, p.included_storage_bytes, p.max_databases, p.max_storage_bytes
FROM platform.plans AS p
WHERE p.is_offered
ORDER BY p.base_price_minor, p.code
