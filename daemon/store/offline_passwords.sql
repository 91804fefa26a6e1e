-- Verifiers of passwords that a directory server found right: for logins while it is away.
CREATE TABLE offline_passwords (
    user_id INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    hash TEXT NOT NULL,              -- Argon2id, PHC string
    checked_at INTEGER NOT NULL      -- when the server said so last
) STRICT;
