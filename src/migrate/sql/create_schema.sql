-- Run before create_history.sql unless somebody made the schema already. Returns nothing.
CREATE SCHEMA drydock
