-- $1 id, which is the chosen one, $2 short name, $3 name.
INSERT INTO platform.organizations (id, slug, name) VALUES ($1::uuid, $2, $3)
