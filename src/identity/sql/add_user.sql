-- $1 id, $2 address, $3 name, $4 password hash or NULL, $5 kind. Run as the system user.
INSERT INTO platform.users (id, email, display_name, password_hash, kind) VALUES ($1::uuid, $2, $3, $4, $5)
