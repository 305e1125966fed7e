-- Undoes 013_registry.sql. Destroys measured rights, rotations under way with their new secrets, and the private sealing
-- keys: connection strings that SQL has sealed and the server not yet sealed anew can't be opened afterwards. So it
-- refuses while there are any, and takes the public key away, that no more are written.

DO $$
BEGIN
    IF EXISTS (SELECT FROM platform.credential_rotations WHERE state IN ('stored', 'applied', 'verified', 'promoted')) THEN
        RAISE EXCEPTION 'a rotation of a password is under way' USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'Let the server finish it, or set the password by hand, first.';
    END IF;
    IF EXISTS (SELECT FROM platform.sealing_keys) THEN
        IF EXISTS (SELECT FROM platform.databases WHERE secret_state = 'sealed') THEN
            RAISE EXCEPTION 'connection strings wait to be sealed anew, and only the keys that go here can open them'
                USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Let the server seal them anew first.';
        END IF;
        DELETE FROM platform.settings WHERE name = 'sealing_public_key';
    END IF;
END;
$$;

DROP FUNCTION platform.grant_registry_roles();
DROP TABLE platform.database_rights;
DROP TABLE platform.credential_rotations;
DROP FUNCTION platform.data_key_references(uuid);
DROP FUNCTION platform.active_data_key(uuid, text);
DROP FUNCTION platform.retire_master_key(text);
DROP FUNCTION platform.set_sealing_key(text, text, text, text, boolean);
DROP TABLE platform.sealing_keys;
