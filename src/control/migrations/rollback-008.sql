-- Undoes 008_people.sql. Everybody is signed out, API tokens and invitations are void, second factors are gone: passwords
-- alone open accounts again.

DROP FUNCTION platform.grant_people_roles();
DROP TABLE platform.oidc_flows;
DROP TABLE platform.login_failures;
DROP TABLE platform.setup_tokens;
DROP TABLE platform.api_tokens;
DROP TABLE platform.invitations;
DROP TABLE platform.user_identities;
DROP TABLE platform.password_resets;
DROP TABLE platform.recovery_codes;
DROP TABLE platform.second_factors;
DROP TABLE platform.refresh_tokens;
DROP TABLE platform.sessions;
DROP FUNCTION platform.system_is_at_large();
DROP FUNCTION platform.presented_token();
