-- $1 organization, $2 user. Else they would come to life again with the person.
UPDATE platform.api_tokens
SET revoked_at = now()
WHERE organization_id = $1::uuid AND user_id = $2::uuid AND revoked_at IS NULL
