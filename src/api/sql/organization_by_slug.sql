-- Run as a person without an organization: $1 the slug of one that they belong to.
SELECT o.id FROM platform.organizations AS o WHERE o.slug = $1
