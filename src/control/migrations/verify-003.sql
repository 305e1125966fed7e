-- A role may do all that the roles below it may, and a viewer only reads.
SELECT NOT EXISTS (
           SELECT permission FROM platform.role_permissions WHERE role = 'viewer'
           EXCEPT SELECT permission FROM platform.role_permissions WHERE role = 'member') AS member_includes_viewer,
       NOT EXISTS (
           SELECT permission FROM platform.role_permissions WHERE role = 'member'
           EXCEPT SELECT permission FROM platform.role_permissions WHERE role = 'admin') AS admin_includes_member,
       NOT EXISTS (
           SELECT permission FROM platform.role_permissions WHERE role = 'admin'
           EXCEPT SELECT permission FROM platform.role_permissions WHERE role = 'owner') AS owner_includes_admin,
       NOT EXISTS (
           SELECT FROM platform.role_permissions WHERE role = 'viewer' AND permission NOT LIKE '%:read') AS viewer_only_reads,
       (SELECT count(DISTINCT role) = 4 FROM platform.role_permissions) AS all_roles_there;

-- Nobody may do anything in an organization that does not exist, nor without being somebody.
SELECT NOT platform.user_has_permission(gen_random_uuid(), gen_random_uuid(), 'databases:read') AS unknown_user,
       NOT platform.user_has_permission(NULL, gen_random_uuid(), 'databases:read') AS no_user,
       NOT platform.user_has_permission(platform.system_user_id(), NULL, 'databases:read') AS no_organization,
       NOT platform.user_has_permission(platform.system_user_id(), gen_random_uuid(), 'databases:fly') AS unknown_permission,
       platform.user_has_permission(platform.system_user_id(), gen_random_uuid(), 'usage:write') AS system_may;
