-- Directory servers that are mirrored. What a server said stands here as it came; users, groups and members are made
-- of it, with the source "ldap:NAME". Times are microseconds since 1970 UTC.

CREATE TABLE remote_sources (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,       -- as in userd.yaml: "corp"
    tag TEXT NOT NULL UNIQUE,        -- of its users and groups: "ldap:corp"
    cookie BLOB NOT NULL DEFAULT x'',    -- covers the entries here, and no others
    tie BLOB NOT NULL DEFAULT x'',       -- what the cookie is worth something for
    enumerate INTEGER NOT NULL DEFAULT 0,
    judged_by TEXT NOT NULL DEFAULT '',  -- what of the configuration its entries were judged by
    synced_at INTEGER                    -- the last time it was all here
) STRICT;

-- The number of an entry is small: a refresh marks the entries that it saw in a bitmap.
CREATE TABLE remote_entries (
    id INTEGER PRIMARY KEY,
    source_id INTEGER NOT NULL REFERENCES remote_sources (id) ON DELETE CASCADE,
    uuid BLOB NOT NULL,
    kind INTEGER NOT NULL,           -- 1: group, 2: user, 0: nobody knows, it was refused
    pending INTEGER NOT NULL,        -- to be settled, in this order: 1 group, 2 user, 3 members of a group; 0: it is
    user_id INTEGER REFERENCES users (id) ON DELETE SET NULL,     -- what it is here
    group_id INTEGER REFERENCES groups (id) ON DELETE SET NULL,
    refused INTEGER NOT NULL DEFAULT 0,     -- userd-ldap could not take what came last; `facts` are older
    missing_at INTEGER,              -- gone from the server; its removal waits for an admin
    vanished_at INTEGER,             -- gone; the account is suspended until it is deleted
    number INTEGER NOT NULL DEFAULT 0,      -- uid or gid
    gid INTEGER NOT NULL DEFAULT 0,  -- of a user
    name TEXT NOT NULL DEFAULT '',
    dn TEXT NOT NULL,
    problem TEXT NOT NULL DEFAULT '',       -- quarantined: one word, and for a person
    detail TEXT NOT NULL DEFAULT '',
    problem_at INTEGER,
    facts BLOB NOT NULL DEFAULT x'', -- the entry's frame (common/wire/ldap.h)
    UNIQUE (source_id, uuid)
) STRICT;
CREATE INDEX remote_entries_by_dn ON remote_entries (dn, source_id);
CREATE INDEX remote_entries_by_user ON remote_entries (user_id, source_id) WHERE user_id IS NOT NULL;
CREATE INDEX remote_entries_by_group ON remote_entries (group_id, source_id) WHERE group_id IS NOT NULL;
CREATE INDEX remote_entries_pending ON remote_entries (source_id, pending) WHERE pending <> 0;
CREATE INDEX remote_entries_missing ON remote_entries (source_id) WHERE missing_at IS NOT NULL;
CREATE INDEX remote_entries_vanished ON remote_entries (source_id, vanished_at) WHERE vanished_at IS NOT NULL;
CREATE INDEX remote_entries_problem ON remote_entries (source_id, problem) WHERE problem <> '';
CREATE INDEX remote_entries_problem_name ON remote_entries (name) WHERE problem <> '';
CREATE INDEX remote_entries_problem_number ON remote_entries (number) WHERE problem <> '';
CREATE INDEX remote_entries_problem_gid ON remote_entries (gid) WHERE problem <> '';

-- Whom a group names, as it came.
CREATE TABLE remote_members (
    entry_id INTEGER PRIMARY KEY REFERENCES remote_entries (id) ON DELETE CASCADE,
    by_name INTEGER NOT NULL,
    list BLOB NOT NULL
) STRICT;

-- Named as a member, but not here (yet), or by a circle of groups. "d:" and a DN, or "n:" and a name.
CREATE TABLE remote_waiting (
    key TEXT NOT NULL,
    entry_id INTEGER NOT NULL REFERENCES remote_entries (id) ON DELETE CASCADE,
    PRIMARY KEY (key, entry_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX remote_waiting_by_entry ON remote_waiting (entry_id);

-- Who is in a local group, or in a group of ours, because the configuration maps a mirrored group to it.
CREATE TABLE remote_local_members (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    PRIMARY KEY (user_id, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX remote_local_members_by_name ON remote_local_members (name);
CREATE TABLE remote_nestings (
    group_id INTEGER NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    subgroup_id INTEGER NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    PRIMARY KEY (group_id, subgroup_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX remote_nestings_by_subgroup ON remote_nestings (subgroup_id);

-- A number of a directory server's may come again from there, and from nowhere else.
ALTER TABLE tombstones ADD COLUMN source TEXT NOT NULL DEFAULT 'local';
