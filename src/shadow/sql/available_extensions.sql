-- Run by the shadow: the extensions that CREATE EXTENSION would find.
SELECT name FROM pg_catalog.pg_available_extensions ORDER BY name
