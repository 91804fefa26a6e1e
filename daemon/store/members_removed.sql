-- Only those that left: what is forgotten with each base is found without a walk through all memberships.
CREATE INDEX members_removed ON members (generation) WHERE removed <> 0;
