// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/store/roles.h"

#include <algorithm>

#include "daemon/store/columns.h"
#include "daemon/store/database.h"

#define USERD_ROLE_COLUMNS "id, name, description, scoped, created_at, updated_at, generation"

namespace userd::store {

namespace {

Role read_role(const Query& row) {
    Role role;
    role.id = ObjectId{row.integer(0)};
    role.name = row.text(1);
    role.description = row.text(2);
    role.scoped = row.integer(3) != 0;
    role.created_at = to_time(row.integer(4));
    role.updated_at = to_time(row.integer(5));
    role.generation = static_cast<std::uint64_t>(row.integer(6));
    if (role.id == Role::admin_id) role.grants.set();
    return role;
}

std::string local_name_of(const RoleGroup& group) {
    return group.group ? std::string() : group.name;
}

Result<std::vector<std::string>> texts(Query& query) {
    std::vector<std::string> found;
    while (TRY(query.step())) found.push_back(query.text(0));
    return found;
}

}  // namespace

Result<void> Roles::read_lists(Role& role) {
    auto grants = TRY(database_.query("SELECT word FROM role_grants WHERE role_id = ?"));
    grants.bind(role.id.value);
    while (TRY(grants.step()))  // a word of a newer userd grants nothing here
        if (const auto grant = parse_word<RoleGrant>(grants.text(0)))
            role.grants.set(static_cast<std::size_t>(*grant));
    auto groups =
        TRY(database_.query("SELECT r.use, r.group_id, ifnull(g.name, r.local_name) AS shown FROM "
                            "role_groups r LEFT JOIN groups g "
                            "ON g.id = r.group_id WHERE r.role_id = ? ORDER BY shown"));
    groups.bind(role.id.value);
    while (TRY(groups.step()))
        (groups.text(0) == "scope" ? role.scope : role.groups)
            .push_back({ObjectId{groups.optional_integer(1).value_or(0)}, groups.text(2)});
    auto excluded =
        TRY(database_.query("SELECT r.name FROM role_excluded e JOIN roles r ON r.id = e.excluded_id WHERE "
                            "e.role_id = ? ORDER BY "
                            "r.name"));
    role.excluded = TRY(texts(excluded.bind(role.id.value)));
    return {};
}

Result<void> Roles::write_lists(const Role& role) {
    for (const char* const sql :
         {"DELETE FROM role_grants WHERE role_id = ?", "DELETE FROM role_groups WHERE role_id = ?",
          "DELETE FROM role_excluded WHERE role_id = ?"}) {
        auto query = TRY(database_.query(sql));
        TRY(query.bind(role.id.value).run());
    }
    for (const auto& [grant, word] : Words<RoleGrant>::table) {
        if (!role.grants.test(static_cast<std::size_t>(grant))) continue;
        auto query = TRY(database_.query("INSERT INTO role_grants (role_id, word) VALUES (?, ?)"));
        TRY(query.bind(role.id.value).bind(word).run());
    }
    const auto write_groups = [&](std::string_view use,
                                  const std::vector<RoleGroup>& groups) -> Result<void> {
        for (const auto& group : groups) {
            auto query = TRY(database_.query(
                "INSERT INTO role_groups (role_id, use, group_id, local_name) VALUES (?, ?, ?, ?)"));
            query.bind(role.id.value).bind(use);
            group.group ? query.bind(group.group.value) : query.bind_null();
            TRY(query.bind(local_name_of(group)).run());
        }
        return {};
    };
    TRY(write_groups("scope", role.scope));
    TRY(write_groups("comes", role.groups));
    for (const auto& name : role.excluded) {
        auto query = TRY(database_.query(
            "INSERT INTO role_excluded (role_id, excluded_id) SELECT ?, id FROM roles WHERE name = ?"));
        TRY(query.bind(role.id.value).bind(name).run());
    }
    return {};
}

Result<std::optional<Role>> Roles::find(ObjectId id) {
    auto query = TRY(database_.query("SELECT " USERD_ROLE_COLUMNS " FROM roles WHERE id = ?"));
    query.bind(id.value);
    if (!TRY(query.step())) return std::nullopt;
    auto role = read_role(query);
    TRY(read_lists(role));
    return role;
}

Result<std::optional<Role>> Roles::find_by_name(std::string_view name) {
    auto query = TRY(database_.query("SELECT " USERD_ROLE_COLUMNS " FROM roles WHERE name = ?"));
    query.bind(name);
    if (!TRY(query.step())) return std::nullopt;
    auto role = read_role(query);
    TRY(read_lists(role));
    return role;
}

Result<std::vector<Role>> Roles::list() {
    auto query = TRY(database_.query("SELECT " USERD_ROLE_COLUMNS " FROM roles ORDER BY name"));
    std::vector<Role> roles;
    while (TRY(query.step())) roles.push_back(read_role(query));
    for (auto& role : roles) TRY(read_lists(role));
    return roles;
}

Result<void> Roles::insert(const Role& role) {
    auto query =
        TRY(database_.query("INSERT INTO roles (id, name, description, scoped, created_at, updated_at, "
                            "generation) VALUES (?, ?, ?, "
                            "?, ?, ?, ?)"));
    query.bind(role.id.value).bind(role.name).bind(role.description).bind(std::int64_t{role.scoped});
    query.bind(to_column(role.created_at)).bind(to_column(role.updated_at));
    TRY(query.bind(static_cast<std::int64_t>(role.generation)).run());
    return write_lists(role);
}

Result<void> Roles::update(const Role& role) {
    auto query = TRY(database_.query(
        "UPDATE roles SET description = ?, scoped = ?, updated_at = ?, generation = ? WHERE id = ?"));
    query.bind(role.description).bind(std::int64_t{role.scoped}).bind(to_column(role.updated_at));
    TRY(query.bind(static_cast<std::int64_t>(role.generation)).bind(role.id.value).run());
    return write_lists(role);
}

Result<void> Roles::remove(ObjectId id) {
    auto query = TRY(database_.query("DELETE FROM roles WHERE id = ?"));
    return query.bind(id.value).run();
}

Result<void> Roles::touch(ObjectId id, std::uint64_t generation, Time now) {
    auto query = TRY(database_.query("UPDATE roles SET generation = ?, updated_at = ? WHERE id = ?"));
    return query.bind(static_cast<std::int64_t>(generation)).bind(to_column(now)).bind(id.value).run();
}

Result<std::vector<HeldRole>> Roles::of_user(ObjectId user) {
    auto query =
        TRY(database_.query("SELECT r.id, r.name, h.is_default FROM user_roles h JOIN roles r ON r.id = "
                            "h.role_id WHERE h.user_id = ?"));
    query.bind(user.value);
    std::vector<HeldRole> held;
    while (TRY(query.step()))
        held.push_back({ObjectId{query.integer(0)}, query.text(1), query.integer(2) != 0});
    std::sort(held.begin(), held.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return held;
}

Result<HolderPage> Roles::holders(ObjectId role, std::uint64_t offset, std::uint64_t limit) {
    HolderPage page;
    auto count = TRY(database_.query("SELECT count(*) FROM user_roles WHERE role_id = ?"));
    count.bind(role.value);
    TRY(count.step());
    page.total = static_cast<std::uint64_t>(count.integer(0));
    auto query =
        TRY(database_.query("SELECT u.id, u.name, u.uid, h.is_default, h.granted_by, h.granted_at FROM "
                            "user_roles h JOIN users u ON "
                            "u.id = h.user_id WHERE h.role_id = ? ORDER BY u.name LIMIT ? OFFSET ?"));
    query.bind(role.value).bind(static_cast<std::int64_t>(limit)).bind(static_cast<std::int64_t>(offset));
    while (TRY(query.step()))
        page.holders.push_back({ObjectId{query.integer(0)}, query.text(1),
                                static_cast<std::uint32_t>(query.integer(2)), query.integer(3) != 0,
                                query.text(4), to_time(query.integer(5))});
    return page;
}

Result<std::vector<std::string>> Roles::naming_group(ObjectId group) {
    auto query =
        TRY(database_.query("SELECT DISTINCT r.name FROM role_groups g JOIN roles r ON r.id = g.role_id "
                            "WHERE g.group_id = ? ORDER "
                            "BY r.name"));
    return texts(query.bind(group.value));
}

Result<std::vector<std::string>> Roles::excluding(ObjectId role) {
    auto query =
        TRY(database_.query("SELECT r.name FROM role_excluded e JOIN roles r ON r.id = e.role_id WHERE "
                            "e.excluded_id = ? ORDER BY "
                            "r.name"));
    return texts(query.bind(role.value));
}

Result<std::vector<ObjectId>> Roles::bringing(const RoleGroup& group) {
    auto query =
        TRY(database_.query("SELECT role_id FROM role_groups WHERE use = 'comes' AND ifnull(group_id, 0) = ? "
                            "AND local_name = ?"));
    query.bind(group.group.value).bind(local_name_of(group));
    std::vector<ObjectId> found;
    while (TRY(query.step())) found.push_back(ObjectId{query.integer(0)});
    return found;
}

Result<void> Roles::give(ObjectId user, ObjectId role, std::string_view by, Time now) {
    auto query = TRY(database_.query(
        "INSERT INTO user_roles (user_id, role_id, granted_by, granted_at) VALUES (?, ?, ?, ?)"));
    return query.bind(user.value).bind(role.value).bind(by).bind(to_column(now)).run();
}

Result<void> Roles::take(ObjectId user, ObjectId role) {
    auto query = TRY(database_.query("DELETE FROM user_roles WHERE user_id = ? AND role_id = ?"));
    return query.bind(user.value).bind(role.value).run();
}

Result<void> Roles::set_default(ObjectId user, ObjectId role) {
    auto query = TRY(database_.query("UPDATE user_roles SET is_default = (role_id = ?) WHERE user_id = ?"));
    return query.bind(role.value).bind(user.value).run();
}

Result<void> Roles::note_membership(ObjectId user, ObjectId role, const RoleGroup& group) {
    auto query =
        TRY(database_.query("INSERT OR IGNORE INTO role_memberships (user_id, role_id, group_id, local_name) "
                            "VALUES (?, ?, ?, ?)"));
    query.bind(user.value).bind(role.value).bind(group.group.value);
    return query.bind(local_name_of(group)).run();
}

Result<void> Roles::forget_membership(ObjectId user, ObjectId role, const RoleGroup& group) {
    auto query =
        TRY(database_.query("DELETE FROM role_memberships WHERE user_id = ? AND role_id = ? AND group_id = ? "
                            "AND local_name = ?"));
    query.bind(user.value).bind(role.value).bind(group.group.value);
    return query.bind(local_name_of(group)).run();
}

Result<std::vector<RoleGroup>> Roles::memberships(ObjectId user, ObjectId role) {
    auto query =
        TRY(database_.query("SELECT m.group_id, ifnull(g.name, m.local_name) FROM role_memberships m LEFT "
                            "JOIN groups g ON g.id = "
                            "m.group_id WHERE m.user_id = ? AND m.role_id = ?"));
    query.bind(user.value).bind(role.value);
    std::vector<RoleGroup> groups;
    while (TRY(query.step())) groups.push_back({ObjectId{query.integer(0)}, query.text(1)});
    return groups;
}

Result<bool> Roles::brings(ObjectId user, const RoleGroup& group) {
    auto query = TRY(database_.query(
        "SELECT 1 FROM role_memberships WHERE user_id = ? AND group_id = ? AND local_name = ? LIMIT 1"));
    query.bind(user.value).bind(group.group.value).bind(local_name_of(group));
    return query.step();
}

}  // namespace userd::store
