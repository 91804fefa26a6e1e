-- An entry as it came, its frame, is read when it is settled and at no other time: apart from it the entries are small, and
-- those that a large group names are found without reading much.
CREATE TABLE remote_frames (
    entry_id INTEGER PRIMARY KEY REFERENCES remote_entries (id) ON DELETE CASCADE,
    frame BLOB NOT NULL              -- common/wire/ldap.h
) STRICT;
INSERT INTO remote_frames SELECT id, facts FROM remote_entries WHERE length(facts) <> 0;
ALTER TABLE remote_entries DROP COLUMN facts;

-- Triggers, not foreign keys, forget what an entry was here: a change of a foreign key costs a copy of each page that it
-- touches (SQLite's statement journal), and all entries of a server are changed so.
DROP INDEX remote_entries_by_user;
DROP INDEX remote_entries_by_group;
ALTER TABLE remote_entries RENAME COLUMN user_id TO user_before;
ALTER TABLE remote_entries RENAME COLUMN group_id TO group_before;
ALTER TABLE remote_entries ADD COLUMN user_id INTEGER;     -- what it is here
ALTER TABLE remote_entries ADD COLUMN group_id INTEGER;
UPDATE remote_entries SET user_id = user_before, group_id = group_before;
ALTER TABLE remote_entries DROP COLUMN user_before;
ALTER TABLE remote_entries DROP COLUMN group_before;
CREATE INDEX remote_entries_by_user ON remote_entries (user_id, source_id) WHERE user_id IS NOT NULL;
CREATE INDEX remote_entries_by_group ON remote_entries (group_id, source_id) WHERE group_id IS NOT NULL;
CREATE TRIGGER remote_user_deleted AFTER DELETE ON users BEGIN
    UPDATE remote_entries SET user_id = NULL WHERE user_id = OLD.id;
END;
CREATE TRIGGER remote_group_deleted AFTER DELETE ON groups BEGIN
    UPDATE remote_entries SET group_id = NULL WHERE group_id = OLD.id;
END;
