-- Run before history is read: the version of the history schema. One row.
SELECT version, made_by FROM drydock.format ORDER BY version DESC LIMIT 1
