-- $1 organization. What is asked after this, in a statement of its own, holds until the transaction ends.
SELECT o.id, o.status FROM platform.organizations AS o WHERE o.id = $1::uuid FOR NO KEY UPDATE
