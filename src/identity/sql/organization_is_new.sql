-- $1 organization.
SELECT platform.organization_is_new($1::uuid)
