-- $1 the project, which nobody else changes until the end of the transaction.
SELECT p.id FROM platform.projects AS p WHERE p.id = $1::uuid FOR UPDATE
