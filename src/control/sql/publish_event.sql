-- $1 organization, $2 topic, $3 kind, $4 subject or NULL, $5 payload, $6 the channel of the hint.
WITH told AS (
    INSERT INTO platform.events (organization_id, topic, kind, subject_id, payload)
    VALUES ($1::uuid, $2, $3, $4::uuid, $5::jsonb)
)
SELECT pg_notify($6, $1::uuid::text)
