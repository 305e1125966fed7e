-- $1 organization, $2 user, $3 role.
UPDATE platform.user_roles SET role = $3 WHERE organization_id = $1::uuid AND user_id = $2::uuid RETURNING user_id
