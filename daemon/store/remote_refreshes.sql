-- What came of a refresh that has not ended stays among the entries, and is settled when one has.
ALTER TABLE remote_sources ADD COLUMN staging INTEGER NOT NULL DEFAULT 0;
-- The last time that all there is was told, and not what had changed.
ALTER TABLE remote_sources ADD COLUMN compared_at INTEGER;
