-- $1 organization, $2 user.
DELETE FROM platform.user_roles WHERE organization_id = $1::uuid AND user_id = $2::uuid RETURNING user_id
