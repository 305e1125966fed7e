-- Run inside the last transaction of a run: its commit waits for the disk, whatever the role's own setting is. One row.
SELECT set_config(
    'synchronous_commit',
    CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END,
    true
)
