-- $1 organization, $2 address.
DELETE FROM platform.invitations WHERE organization_id = $1::uuid AND lower(email) = lower($2)
