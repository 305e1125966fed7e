SELECT count(*) FROM platform.organizations AS o WHERE o.id = $1::uuid
