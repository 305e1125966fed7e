-- Whether the control plane answers, with its schema.
SELECT count(*) FROM platform.plans
