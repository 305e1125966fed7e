-- What the functions of the control plane go by.
SELECT s.name, s.value FROM platform.settings AS s ORDER BY s.name
