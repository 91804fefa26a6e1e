// SPDX-License-Identifier: LGPL-2.1-or-later
// Memberships: the half of Groups that joins users and groups. A removed row stays, marked, so that a delta
// can tell who left; joining again takes the same row back.
#include "daemon/store/database.h"
#include "daemon/store/groups.h"

namespace userd::store {

namespace {

std::optional<Time> end_of(const Query& row, int column) {
    const auto seconds = row.optional_integer(column);
    return seconds ? std::optional(from_unix(*seconds)) : std::nullopt;
}

std::optional<std::int64_t> to_seconds(const std::optional<Time>& until) {
    return until ? std::optional(to_unix(*until)) : std::nullopt;
}

Member read_member(const Query& row) {
    return {ObjectId{row.integer(0)}, row.text(1), static_cast<std::uint32_t>(row.integer(2)),
            end_of(row, 3)};
}

}  // namespace

Result<std::vector<Membership>> Groups::of_user(ObjectId user, Time now) {
    auto query =
        TRY(database_.query("SELECT g.id, g.name, g.gid, m.until FROM members m JOIN groups g ON g.id = "
                            "m.group_id WHERE m.user_id = ? AND m.removed = 0 AND (m.until IS NULL OR "
                            "m.until > ?) ORDER BY g.name"));
    query.bind(user.value).bind(to_unix(now));
    std::vector<Membership> memberships;
    while (TRY(query.step()))
        memberships.push_back({ObjectId{query.integer(0)}, query.text(1),
                               static_cast<std::uint32_t>(query.integer(2)), end_of(query, 3)});
    return memberships;
}

Result<std::vector<Membership>> Groups::local_of_user(ObjectId user, Time now) {
    auto query =
        TRY(database_.query("SELECT name, gid, until FROM local_members WHERE user_id = ? AND (until IS "
                            "NULL OR until > ?) ORDER BY name"));
    query.bind(user.value).bind(to_unix(now));
    std::vector<Membership> memberships;
    while (TRY(query.step()))
        memberships.push_back(
            {ObjectId{}, query.text(0), static_cast<std::uint32_t>(query.integer(1)), end_of(query, 2)});
    return memberships;
}

Result<MemberPage> Groups::members(ObjectId group, Time now, std::uint64_t offset, std::uint64_t limit) {
    MemberPage page;
    auto count =
        TRY(database_.query("SELECT count(*) FROM members WHERE group_id = ? AND user_id IS NOT NULL AND "
                            "removed = 0 AND (until IS NULL OR until > ?)"));
    count.bind(group.value).bind(to_unix(now));
    TRY(count.step());
    page.total = static_cast<std::uint64_t>(count.integer(0));
    auto query =
        TRY(database_.query("SELECT u.id, u.name, u.uid, m.until FROM members m JOIN users u ON u.id = "
                            "m.user_id WHERE m.group_id = ? AND m.removed = 0 AND (m.until IS NULL OR "
                            "m.until > ?) ORDER BY u.name LIMIT ? OFFSET ?"));
    query.bind(group.value).bind(to_unix(now)).bind(static_cast<std::int64_t>(limit));
    query.bind(static_cast<std::int64_t>(offset));
    while (TRY(query.step())) page.members.push_back(read_member(query));
    return page;
}

Result<std::vector<Member>> Groups::local_members(std::string_view name, Time now) {
    auto query =
        TRY(database_.query("SELECT u.id, u.name, u.uid, m.until FROM local_members m JOIN users u ON u.id "
                            "= m.user_id WHERE m.name = ? AND (m.until IS NULL OR m.until > ?) ORDER BY "
                            "u.name"));
    query.bind(name).bind(to_unix(now));
    std::vector<Member> members;
    while (TRY(query.step())) members.push_back(read_member(query));
    return members;
}

Result<bool> Groups::add(ObjectId group, ObjectId user, std::optional<Time> until, std::uint64_t generation) {
    auto query = TRY(database_.query(
        "INSERT INTO members (group_id, user_id, until, generation) VALUES (?, ?, ?, ?) ON CONFLICT "
        "(user_id, "
        "group_id) WHERE user_id IS NOT NULL DO UPDATE SET until = excluded.until, removed = 0, generation = "
        "excluded.generation WHERE removed <> 0 OR until IS NOT excluded.until"));
    TRY(query.bind(group.value)
            .bind(user.value)
            .bind(to_seconds(until))
            .bind(static_cast<std::int64_t>(generation))
            .run());
    return database_.changes() > 0;
}

Result<bool> Groups::remove(ObjectId group, ObjectId user, std::uint64_t generation) {
    auto query =
        TRY(database_.query("UPDATE members SET removed = 1, generation = ? WHERE group_id = ? AND user_id "
                            "= ? AND removed = 0"));
    TRY(query.bind(static_cast<std::int64_t>(generation)).bind(group.value).bind(user.value).run());
    return database_.changes() > 0;
}

Result<bool> Groups::add_local(std::string_view name, std::uint32_t gid, ObjectId user,
                               std::optional<Time> until) {
    auto query = TRY(database_.query(
        "INSERT INTO local_members (user_id, name, gid, until) VALUES (?, ?, ?, ?) ON CONFLICT (user_id, "
        "name) DO "
        "UPDATE SET gid = excluded.gid, until = excluded.until WHERE gid <> excluded.gid OR until IS NOT "
        "excluded.until"));
    TRY(query.bind(user.value).bind(name).bind(std::int64_t{gid}).bind(to_seconds(until)).run());
    return database_.changes() > 0;
}

Result<bool> Groups::remove_local(std::string_view name, ObjectId user) {
    auto query = TRY(database_.query("DELETE FROM local_members WHERE name = ? AND user_id = ?"));
    TRY(query.bind(name).bind(user.value).run());
    return database_.changes() > 0;
}

Result<void> Groups::touch_members(ObjectId group, std::uint64_t generation) {
    auto query = TRY(database_.query("UPDATE members SET generation = ? WHERE group_id = ?"));
    return query.bind(static_cast<std::int64_t>(generation)).bind(group.value).run();
}

Result<void> Groups::touch_of_user(ObjectId user, std::uint64_t generation) {
    auto query = TRY(database_.query("UPDATE members SET generation = ? WHERE user_id = ?"));
    return query.bind(static_cast<std::int64_t>(generation)).bind(user.value).run();
}

Result<std::vector<Groups::Over>> Groups::over(Time now) {
    std::vector<Over> found;
    auto query =
        TRY(database_.query("SELECT group_id, user_id FROM members WHERE until <= ? AND removed = 0 AND "
                            "until IS NOT NULL AND user_id IS NOT NULL LIMIT 1000"));
    query.bind(to_unix(now));
    while (TRY(query.step())) found.push_back({ObjectId{query.integer(0)}, {}, ObjectId{query.integer(1)}});
    auto local = TRY(database_.query("SELECT name, user_id FROM local_members WHERE until <= ? LIMIT 1000"));
    local.bind(to_unix(now));
    while (TRY(local.step())) found.push_back({ObjectId{}, local.text(0), ObjectId{local.integer(1)}});
    return found;
}

Result<void> Groups::forget_removed(std::uint64_t up_to) {
    auto query = TRY(database_.query("DELETE FROM members WHERE removed <> 0 AND generation <= ?"));
    TRY(query.bind(static_cast<std::int64_t>(up_to)).run());
    auto mark =
        TRY(database_.query("INSERT OR REPLACE INTO meta (key, value) VALUES ('members_forgotten', ?)"));
    return mark.bind(static_cast<std::int64_t>(up_to)).run();
}

Result<std::uint64_t> Groups::forgotten_up_to() {
    auto query = TRY(database_.query("SELECT value FROM meta WHERE key = 'members_forgotten'"));
    if (!TRY(query.step())) return 0;
    return static_cast<std::uint64_t>(query.integer(0));
}

}  // namespace userd::store
