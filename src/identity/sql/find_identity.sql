-- $1 hash of issuer and subject. Run as who presents it.
SELECT i.user_id FROM platform.user_identities AS i WHERE i.subject_hash = decode($1, 'hex')
