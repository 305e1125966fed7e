-- $1 the organization.
UPDATE platform.organizations AS o
SET status = 'closed'
WHERE o.id = $1::uuid AND platform.current_user_can('organization:delete')
RETURNING o.id
