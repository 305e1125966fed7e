-- $1 a kind of object, $2 its id: whether there is one that the actor may see. A kind that is not here is nobody's.
SELECT CASE $1
    WHEN 'organization' THEN EXISTS (SELECT FROM platform.organizations AS o WHERE o.id = $2::uuid)
    WHEN 'project' THEN EXISTS (SELECT FROM platform.projects AS p WHERE p.id = $2::uuid)
    WHEN 'database' THEN EXISTS (SELECT FROM platform.databases AS d WHERE d.id = $2::uuid)
    WHEN 'credential' THEN EXISTS (SELECT FROM platform.credentials AS c WHERE c.id = $2::uuid)
    WHEN 'member' THEN EXISTS (SELECT FROM platform.user_roles AS r WHERE r.user_id = $2::uuid)
    ELSE false
END
