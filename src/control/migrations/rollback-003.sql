-- Undoes 003_users.sql. Destroys all users and their roles.

DROP FUNCTION platform.current_user_can(text);
DROP FUNCTION platform.user_has_permission(uuid, uuid, text);
DROP TABLE platform.role_permissions;
DROP TABLE platform.permissions;
DROP TABLE platform.user_roles;
DROP TABLE platform.users;
DROP FUNCTION platform.system_user_id();
