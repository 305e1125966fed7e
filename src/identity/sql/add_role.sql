-- $1 organization, $2 user, $3 role.
INSERT INTO platform.user_roles (organization_id, user_id, role) VALUES ($1::uuid, $2::uuid, $3)
