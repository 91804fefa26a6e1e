-- Migration 1. Times are microseconds since 1970 UTC unless a column says otherwise; NULL is "never" or "none".

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,          -- generation, store_id, opened, key_id, …
    value ANY NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE groups (
    id INTEGER PRIMARY KEY,          -- random, 63 bits
    name TEXT NOT NULL UNIQUE,
    gid INTEGER NOT NULL UNIQUE,
    description TEXT NOT NULL DEFAULT '',
    source TEXT NOT NULL DEFAULT 'local',
    set_name TEXT,
    mfa TEXT NOT NULL DEFAULT 'inherit',
    collides INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    generation INTEGER NOT NULL
) STRICT;
CREATE INDEX groups_by_generation ON groups (generation);
CREATE INDEX groups_colliding ON groups (collides) WHERE collides <> 0;

CREATE TABLE users (
    id INTEGER PRIMARY KEY,          -- random, 63 bits
    name TEXT NOT NULL UNIQUE,
    uid INTEGER NOT NULL UNIQUE,
    primary_group INTEGER REFERENCES groups (id),   -- NULL: the private group, gid = uid
    first_name TEXT NOT NULL DEFAULT '',
    last_name TEXT NOT NULL DEFAULT '',
    display_name TEXT NOT NULL DEFAULT '',
    email TEXT NOT NULL DEFAULT '',
    email_folded TEXT,               -- for mail: targets and uniqueness, which configuration may turn off
    phone TEXT NOT NULL DEFAULT '',
    shell TEXT NOT NULL,
    home TEXT NOT NULL,
    kind TEXT NOT NULL DEFAULT 'person',
    class TEXT NOT NULL DEFAULT '',
    notify TEXT NOT NULL DEFAULT 'all',
    state TEXT NOT NULL,
    state_reason TEXT NOT NULL DEFAULT '',
    suspended_until INTEGER,
    collides INTEGER NOT NULL DEFAULT 0,
    mfa TEXT NOT NULL DEFAULT 'inherit',
    enrol_until INTEGER,
    not_before INTEGER,
    expires INTEGER,
    must_change INTEGER NOT NULL DEFAULT 0,
    metadata TEXT NOT NULL DEFAULT '{}',   -- a JSON object
    source TEXT NOT NULL DEFAULT 'local',
    set_name TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    last_login INTEGER,
    generation INTEGER NOT NULL
) STRICT;
CREATE INDEX users_by_generation ON users (generation);
CREATE INDEX users_colliding ON users (collides) WHERE collides <> 0;
CREATE INDEX users_by_suspended_until ON users (suspended_until) WHERE suspended_until IS NOT NULL;
CREATE INDEX users_by_email ON users (email_folded) WHERE email_folded IS NOT NULL;
CREATE INDEX users_by_primary_group ON users (primary_group) WHERE primary_group IS NOT NULL;

CREATE TABLE user_tags (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    tag TEXT NOT NULL,
    PRIMARY KEY (user_id, tag)
) STRICT, WITHOUT ROWID;

-- A member is a user or a group. A removed row stays, with the generation of its removal, until the snapshot's
-- base no longer needs it: a delta tells readers who left.
CREATE TABLE members (
    group_id INTEGER NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    user_id INTEGER REFERENCES users (id) ON DELETE CASCADE,
    subgroup_id INTEGER REFERENCES groups (id) ON DELETE CASCADE,
    until INTEGER,                   -- seconds since 1970: a membership may end
    removed INTEGER NOT NULL DEFAULT 0,
    generation INTEGER NOT NULL,
    CHECK ((user_id IS NULL) <> (subgroup_id IS NULL))
) STRICT;
CREATE UNIQUE INDEX members_by_user ON members (user_id, group_id) WHERE user_id IS NOT NULL;
CREATE UNIQUE INDEX members_by_subgroup ON members (subgroup_id, group_id) WHERE subgroup_id IS NOT NULL;
CREATE INDEX members_by_group ON members (group_id, user_id);
CREATE INDEX members_by_generation ON members (generation);
CREATE INDEX members_by_until ON members (until) WHERE until IS NOT NULL AND removed = 0;

-- Memberships of our users in groups of /etc/group.
CREATE TABLE local_members (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    gid INTEGER NOT NULL CHECK (gid > 0),
    until INTEGER,
    PRIMARY KEY (user_id, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX local_members_by_name ON local_members (name);
CREATE INDEX local_members_by_until ON local_members (until) WHERE until IS NOT NULL;

CREATE TABLE group_administrators (
    group_id INTEGER NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (group_id, user_id)
) STRICT, WITHOUT ROWID;

-- An id that was ours once is never given out again.
CREATE TABLE tombstones (
    number INTEGER NOT NULL,         -- uid or gid
    kind TEXT NOT NULL,              -- user or group
    name TEXT NOT NULL,
    object_id INTEGER NOT NULL,
    deleted_at INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    PRIMARY KEY (number, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX tombstones_by_generation ON tombstones (generation);

CREATE TABLE held_names (
    name TEXT PRIMARY KEY,
    until INTEGER NOT NULL,
    why TEXT NOT NULL                -- deleted or renamed
) STRICT, WITHOUT ROWID;

CREATE TABLE passwords (
    user_id INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    hash TEXT NOT NULL,              -- PHC string or crypt(5)
    changed_at INTEGER NOT NULL
) STRICT;

CREATE TABLE password_history (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    hash TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, changed_at)
) STRICT, WITHOUT ROWID;

CREATE TABLE totp (
    user_id INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    sealed BLOB NOT NULL,            -- the secret, under the sealing key, bound to user_id
    key_id TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    digits INTEGER NOT NULL,
    period INTEGER NOT NULL,         -- seconds
    last_step INTEGER NOT NULL DEFAULT 0,   -- the last step used; only grows
    enrolled_at INTEGER NOT NULL
) STRICT;

-- A secret that is shown but not yet proved by a right code.
CREATE TABLE totp_pending (
    user_id INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    sealed BLOB NOT NULL,
    key_id TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    digits INTEGER NOT NULL,
    period INTEGER NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE recovery_codes (
    id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,              -- recovery or temporary
    hash BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires INTEGER,
    used_at INTEGER
) STRICT;
CREATE INDEX recovery_codes_by_user ON recovery_codes (user_id);

-- Wrong tries. One row per known source and one, source '', for all unknown sources together.
CREATE TABLE tickets (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    source TEXT NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0,
    open INTEGER NOT NULL DEFAULT 0,         -- tries under way; what is open at a crash counts as wrong
    total INTEGER NOT NULL DEFAULT 0,        -- consecutive failures, for lockout.stop_after
    locks INTEGER NOT NULL DEFAULT 0,        -- lock-outs in a row: each is longer
    locked_until INTEGER,
    last_failure INTEGER,
    PRIMARY KEY (user_id, source)
) STRICT, WITHOUT ROWID;

CREATE TABLE known_sources (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    source TEXT NOT NULL,
    last_success INTEGER NOT NULL,
    PRIMARY KEY (user_id, source)
) STRICT, WITHOUT ROWID;

CREATE TABLE ssh_keys (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    fingerprint TEXT NOT NULL,       -- SHA256:… as ssh-keygen -l prints
    type TEXT NOT NULL,
    key TEXT NOT NULL,               -- base64
    comment TEXT NOT NULL DEFAULT '',
    options TEXT NOT NULL DEFAULT '',
    sources TEXT NOT NULL DEFAULT '',        -- from="…" patterns, comma separated
    expires INTEGER,
    created_at INTEGER NOT NULL,
    last_used INTEGER,
    PRIMARY KEY (user_id, fingerprint)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    time INTEGER NOT NULL,
    actor TEXT NOT NULL,
    origin TEXT NOT NULL,
    action TEXT NOT NULL,            -- user.create, login.denied, …
    subject TEXT NOT NULL,           -- user:alice, group:web
    subject_id INTEGER,
    txn INTEGER NOT NULL,            -- the generation, or 0 for what changes no directory
    reason TEXT NOT NULL DEFAULT '',
    attempt TEXT NOT NULL DEFAULT '',
    detail TEXT NOT NULL DEFAULT '{}',   -- JSON: before, after, service, rhost…; never a secret
    hash BLOB NOT NULL               -- over the row and the hash of the row before
) STRICT;
CREATE INDEX audit_by_subject ON audit (subject_id, seq);
CREATE INDEX audit_by_attempt ON audit (attempt) WHERE attempt <> '';
