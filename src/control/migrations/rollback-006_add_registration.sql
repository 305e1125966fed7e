-- Undoes 006_add_registration.sql: the control plane's own entry and the function. Databases that were registered with it
-- stay; they go with 006_databases.sql.

DELETE FROM platform.databases WHERE name = 'control-plane' AND metadata @> '{"role": "control-plane", "managed_by": "drydock"}';

DROP FUNCTION platform.register_database(uuid, text, text, text, integer, text, text, boolean, uuid, jsonb, jsonb);
