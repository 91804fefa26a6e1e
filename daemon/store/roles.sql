-- Roles: what their holders may do, to whom, and the groups that come with them. `user` is everybody's and has no
-- rows of holders; `admin` has every grant, by the program. Their rows are here for what refers to them.
CREATE TABLE roles (
    id INTEGER PRIMARY KEY,          -- 1: user, 2: admin, others random, 63 bits
    name TEXT NOT NULL UNIQUE,
    description TEXT NOT NULL DEFAULT '',
    scoped INTEGER NOT NULL DEFAULT 0,      -- only the members of its scope groups, even when none is left
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    generation INTEGER NOT NULL
) STRICT;
INSERT INTO roles VALUES (1, 'user', 'Self-service: what everybody may do for the own account', 0, 0, 0, 0),
                         (2, 'admin', 'Every grant, but not root', 0, 0, 0, 0);

CREATE TABLE role_grants (
    role_id INTEGER NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
    word TEXT NOT NULL,              -- user.read, password.reset, …
    PRIMARY KEY (role_id, word)
) STRICT, WITHOUT ROWID;

-- A group that a role names cannot be deleted: a scope that lost its group must not become everybody.
CREATE TABLE role_groups (
    role_id INTEGER NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
    use TEXT NOT NULL CHECK (use IN ('scope', 'comes')),
    group_id INTEGER REFERENCES groups (id),        -- NULL: a group of /etc/group
    local_name TEXT NOT NULL DEFAULT '',
    CHECK ((group_id IS NULL) = (local_name <> ''))
) STRICT;
CREATE UNIQUE INDEX role_groups_by_role ON role_groups (role_id, use, ifnull(group_id, 0), local_name);
CREATE INDEX role_groups_by_group ON role_groups (group_id) WHERE group_id IS NOT NULL;

CREATE TABLE role_excluded (
    role_id INTEGER NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
    excluded_id INTEGER NOT NULL REFERENCES roles (id),
    PRIMARY KEY (role_id, excluded_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE user_roles (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role_id INTEGER NOT NULL REFERENCES roles (id),
    is_default INTEGER NOT NULL DEFAULT 0,
    granted_by TEXT NOT NULL,
    granted_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, role_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX user_roles_by_role ON user_roles (role_id, user_id);

-- Memberships that came with a role, and go with it; one that stood by itself is not here.
CREATE TABLE role_memberships (
    user_id INTEGER NOT NULL,
    role_id INTEGER NOT NULL,
    group_id INTEGER NOT NULL,       -- 0: a group of /etc/group
    local_name TEXT NOT NULL,
    PRIMARY KEY (user_id, role_id, group_id, local_name),
    FOREIGN KEY (user_id, role_id) REFERENCES user_roles (user_id, role_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
