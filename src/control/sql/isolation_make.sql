-- $1 id of the organization that the transaction is in, $2 a slug. The transaction is rolled back.
WITH made AS (
    INSERT INTO platform.organizations (id, slug, name) VALUES ($1::uuid, $2, 'isolation')
)
SELECT set_config('app.current_login', '', true)
