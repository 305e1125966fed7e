-- Run when a project has held migrations: those that somebody released. $1 project. One column: id.
SELECT id FROM drydock.hold_release WHERE project = $1
