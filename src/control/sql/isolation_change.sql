UPDATE platform.organizations AS o SET name = 'reached' WHERE o.id = $1::uuid
