-- $1 the project; $2 name, $3 description, $4 status: NULL leaves what is there.
UPDATE platform.projects AS p
SET name = coalesce($2, p.name), description = coalesce($3, p.description), status = coalesce($4, p.status)
WHERE p.id = $1::uuid
RETURNING p.id
