-- Nested groups. A row of `members` with a user is what the host sees: `until`, `removed` and `generation` tell of
-- the membership whatever way it came in. Whether the user was put in by name, and until when, stands apart: when
-- that ends, a way through another group may remain. A row with a group is always put in by name, and goes when it
-- is taken out.
ALTER TABLE members ADD COLUMN direct INTEGER NOT NULL DEFAULT 1;
ALTER TABLE members ADD COLUMN direct_until INTEGER;   -- seconds since 1970
UPDATE members SET direct = 1 - removed, direct_until = until;
DROP INDEX members_by_until;
CREATE INDEX members_by_direct_until ON members (direct_until) WHERE direct_until IS NOT NULL AND direct = 1;
