-- $1 organization, $2 slug, $3 name, $4 description.
INSERT INTO platform.projects (organization_id, slug, name, description)
VALUES ($1::uuid, $2, $3, $4)
RETURNING id
