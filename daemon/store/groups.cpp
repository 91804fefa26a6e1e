// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/store/groups.h"

#include "daemon/model/words.h"
#include "daemon/store/columns.h"
#include "daemon/store/database.h"
#include "daemon/store/user_row.h"

#define USERD_GROUP_COLUMNS \
    "id, name, gid, description, source, set_name, mfa, collides, created_at, updated_at, generation"

namespace userd::store {

namespace {

Group read_group(const Query& row) {
    Group group;
    group.id = ObjectId{row.integer(0)};
    group.name = row.text(1);
    group.gid = static_cast<std::uint32_t>(row.integer(2));
    group.description = row.text(3);
    group.source = row.text(4);
    group.set = row.text(5);
    group.mfa = parse_word<MfaPolicy>(row.text(6)).value_or(MfaPolicy::required);
    group.collides = row.integer(7) != 0;
    group.created_at = to_time(row.integer(8));
    group.updated_at = to_time(row.integer(9));
    group.generation = static_cast<std::uint64_t>(row.integer(10));
    return group;
}

Result<std::optional<Group>> first(Query& query) {
    if (!TRY(query.step())) return std::nullopt;
    return read_group(query);
}

void bind_columns(Query& query, const Group& group) {
    query.bind(group.name).bind(std::int64_t{group.gid}).bind(group.description).bind(group.source);
    group.set.empty() ? query.bind_null() : query.bind(group.set);
    query.bind(to_word(group.mfa))
        .bind(std::int64_t{group.collides})
        .bind(to_column(group.created_at))
        .bind(to_column(group.updated_at));
    query.bind(static_cast<std::int64_t>(group.generation)).bind(group.id.value);
}

}  // namespace

Result<std::optional<Group>> Groups::find(ObjectId id) {
    auto query = TRY(database_.query("SELECT " USERD_GROUP_COLUMNS " FROM groups WHERE id = ?"));
    query.bind(id.value);
    return first(query);
}

Result<std::optional<Group>> Groups::find_by_name(std::string_view name) {
    auto query = TRY(database_.query("SELECT " USERD_GROUP_COLUMNS " FROM groups WHERE name = ?"));
    query.bind(name);
    return first(query);
}

Result<std::optional<Group>> Groups::find_by_gid(std::uint32_t gid) {
    auto query = TRY(database_.query("SELECT " USERD_GROUP_COLUMNS " FROM groups WHERE gid = ?"));
    query.bind(std::int64_t{gid});
    return first(query);
}

const std::vector<std::string_view>& group_sort_words() {
    static const std::vector<std::string_view> words = {
        "name", "gid", "id", "description", "mfa", "source", "set", "created_at", "updated_at", "generation"};
    return words;
}

Result<GroupPage> Groups::list(const GroupFilter& filter, std::uint64_t offset, std::uint64_t limit) {
    const std::string where =
        " FROM groups WHERE (?1 = '' OR name LIKE ?2 ESCAPE '\\' OR description LIKE ?2 ESCAPE '\\')"
        " AND (?3 = '' OR source = ?3) AND (?4 = '' OR set_name = ?4)";
    const auto bind = [&](Query& query) {
        query.bind(filter.text).bind(like_pattern(filter.text)).bind(filter.source).bind(filter.set);
    };
    const auto& words = group_sort_words();
    if (std::find(words.begin(), words.end(), filter.sort) == words.end())
        return fail(Errc::invalid, "sort by {}: there is no such order", filter.sort);
    const std::string_view column = filter.sort == "set" ? "set_name" : std::string_view(filter.sort);
    GroupPage page;
    auto count = TRY(database_.prepare("SELECT count(*)" + where));
    bind(count);
    TRY(count.step());
    page.total = static_cast<std::uint64_t>(count.integer(0));
    auto query =
        TRY(database_.prepare(fmt::format("SELECT " USERD_GROUP_COLUMNS "{} ORDER BY {} {}, name LIMIT ? "
                                          "OFFSET ?",
                                          where, column, filter.descending ? "DESC" : "ASC")));
    bind(query);
    query.bind(static_cast<std::int64_t>(limit)).bind(static_cast<std::int64_t>(offset));
    while (TRY(query.step())) page.groups.push_back(read_group(query));
    return page;
}

Result<std::vector<Group>> Groups::colliding() {
    auto query = TRY(database_.query("SELECT " USERD_GROUP_COLUMNS " FROM groups WHERE collides <> 0"));
    std::vector<Group> groups;
    while (TRY(query.step())) groups.push_back(read_group(query));
    return groups;
}

Result<void> Groups::insert(const Group& group) {
    auto query = TRY(database_.query(
        "INSERT INTO groups (name, gid, description, source, set_name, mfa, collides, created_at, "
        "updated_at, generation, id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
    bind_columns(query, group);
    return query.run();
}

Result<void> Groups::update(const Group& group) {
    auto query = TRY(
        database_.query("UPDATE groups SET name = ?, gid = ?, description = ?, source = ?, "
                        "set_name = ?, mfa = ?, collides = ?, created_at = ?, updated_at = ?, generation = ? "
                        "WHERE id = ?"));
    bind_columns(query, group);
    return query.run();
}

Result<void> Groups::remove(ObjectId id, std::uint64_t generation) {
    for (const auto& nesting : TRY(groups_of(id, Time::min())))
        TRY(remove_group(nesting.group, id, generation));
    auto query = TRY(database_.query("DELETE FROM groups WHERE id = ?"));
    return query.bind(id.value).run();
}

Result<std::vector<std::string>> Groups::administrators(ObjectId group) {
    auto query =
        TRY(database_.query("SELECT u.name FROM group_administrators a JOIN users u ON u.id = a.user_id "
                            "WHERE a.group_id = ? ORDER BY u.name"));
    query.bind(group.value);
    std::vector<std::string> names;
    while (TRY(query.step())) names.push_back(query.text(0));
    return names;
}

Result<bool> Groups::is_administrator(ObjectId group, ObjectId user) {
    auto query =
        TRY(database_.query("SELECT 1 FROM group_administrators WHERE group_id = ? AND user_id = ?"));
    query.bind(group.value).bind(user.value);
    return query.step();
}

Result<std::vector<std::string>> Groups::administered_by(ObjectId user) {
    auto query =
        TRY(database_.query("SELECT g.name FROM group_administrators a JOIN groups g ON g.id = a.group_id "
                            "WHERE a.user_id = ? ORDER BY g.name"));
    query.bind(user.value);
    std::vector<std::string> names;
    while (TRY(query.step())) names.push_back(query.text(0));
    return names;
}

Result<void> Groups::set_administrators(ObjectId group, const std::vector<ObjectId>& users) {
    auto clear = TRY(database_.query("DELETE FROM group_administrators WHERE group_id = ?"));
    TRY(clear.bind(group.value).run());
    for (const auto& user : users) {
        auto insert =
            TRY(database_.query("INSERT OR IGNORE INTO group_administrators (group_id, user_id) "
                                "VALUES (?, ?)"));
        TRY(insert.bind(group.value).bind(user.value).run());
    }
    return {};
}

}  // namespace userd::store
