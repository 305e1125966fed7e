-- $1 organization, $2 user.
SELECT r.role FROM platform.user_roles AS r WHERE r.organization_id = $1::uuid AND r.user_id = $2::uuid
