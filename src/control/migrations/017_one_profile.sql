-- Migration: One profile
-- Purpose: What a server may do is said by its own profile (serve.profile) and no second time here: one in production does not
--   start while connection strings can be opened by SQL.
-- Dependencies: 006_databases.sql
-- Rollback: rollback-017_one_profile.sql
-- Environment: all

CREATE OR REPLACE FUNCTION platform.decrypt_database_connection_string(database_id uuid) RETURNS text
    LANGUAGE plpgsql
    VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    mode text := (SELECT s.value FROM platform.settings AS s WHERE s.name = 'reveal_mode');
    private_key text := nullif(current_setting('app.database_decryption_key', true), '');
    crypto text;
    sealed text;
    plain text;
BEGIN
    IF mode IS DISTINCT FROM 'pgcrypto' THEN
        RAISE EXCEPTION 'connection strings are not shown by SQL'
            USING ERRCODE = 'insufficient_privilege',
                  HINT = format('Ask for it by POST /api/v2/databases/%s/reveal, which is audited.', database_id);
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = 'drydock_decrypt' AND pg_has_role(current_user, r.oid, 'MEMBER')) THEN
        RAISE EXCEPTION 'only members of the role drydock_decrypt may see connection strings'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF private_key IS NULL THEN
        RAISE EXCEPTION 'there is no key to open the connection string with'
            USING ERRCODE = 'insufficient_privilege',
                  HINT = 'Give it for this transaction: SET LOCAL app.database_decryption_key = ''<armoured private key>''.';
    END IF;
    SELECT d.connection_string_encrypted INTO sealed FROM platform.databases AS d WHERE d.id = database_id;
    IF sealed IS NULL THEN
        RETURN NULL;
    END IF;
    IF sealed NOT LIKE 'pgp:%' THEN
        RAISE EXCEPTION 'the connection string of database % is sealed by drydock and opens only there', database_id
            USING ERRCODE = 'insufficient_privilege',
                  HINT = format('Ask for it by POST /api/v2/databases/%s/reveal, which is audited.', database_id);
    END IF;
    SELECT n.nspname INTO STRICT crypto
    FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace
    WHERE e.extname = 'pgcrypto';
    EXECUTE format('SELECT %1$I.pgp_pub_decrypt(decode($1, ''base64''), %1$I.dearmor($2))', crypto)
        INTO plain USING split_part(sealed, ':', 3), private_key;
    RETURN plain;
END;
$$;

DELETE FROM platform.settings WHERE name = 'profile';
ALTER TABLE platform.settings DROP CONSTRAINT settings_value_check;
ALTER TABLE platform.settings ADD CONSTRAINT settings_value_check CHECK (
    CASE name
        WHEN 'sealing_public_key' THEN value LIKE '-----BEGIN PGP PUBLIC KEY BLOCK-----%' AND value NOT LIKE '%PRIVATE KEY%'
        WHEN 'reveal_mode' THEN value IN ('api', 'pgcrypto')
        ELSE false
    END);
COMMENT ON COLUMN platform.settings.name IS
    'sealing_public_key: ASCII-armoured OpenPGP (RSA or Elgamal), to which connection strings are sealed; reveal_mode: api (the decrypt function refuses) or pgcrypto (it opens sealed values with a key given in the transaction; a server in production does not start)';
