-- Secrets of one-time codes that a directory server has of its users, sealed for the number of the entry. What codes are
-- checked with stands in totp, as everybody's.
CREATE TABLE remote_totp (
    entry_id INTEGER PRIMARY KEY REFERENCES remote_entries (id) ON DELETE CASCADE,
    sealed BLOB NOT NULL
) STRICT;
