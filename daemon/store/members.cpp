// SPDX-License-Identifier: LGPL-2.1-or-later
// Memberships: the part of Groups that joins users and groups. A removed row stays, marked, so that a delta
// can tell who left; joining again takes the same row back.
#include <algorithm>

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
    Member member;
    member.user = ObjectId{row.integer(0)};
    member.name = row.text(1);
    member.number = static_cast<std::uint32_t>(row.integer(2));
    member.until = end_of(row, 3);
    member.direct = row.integer(4) != 0;
    member.group = ObjectId{row.integer(5)};
    return member;
}

Membership read_membership(const Query& row) {
    Membership membership;
    membership.group = ObjectId{row.integer(0)};
    membership.name = row.text(1);
    membership.gid = static_cast<std::uint32_t>(row.integer(2));
    membership.until = end_of(row, 3);
    membership.direct = row.integer(4) != 0;
    membership.direct_until = end_of(row, 5);
    return membership;
}

std::uint64_t to_count(Query& query) {
    return static_cast<std::uint64_t>(query.integer(0));
}

}  // namespace

Result<std::vector<Membership>> Groups::of_user(ObjectId user, Time now) {
    auto query =
        TRY(database_.query("SELECT g.id, g.name, g.gid, m.until, m.direct = 1 AND (m.direct_until IS NULL "
                            "OR m.direct_until > ?2), "
                            "m.direct_until FROM members m JOIN groups g ON g.id = m.group_id WHERE "
                            "m.user_id = ?1 AND m.removed = 0 "
                            "AND (m.until IS NULL OR m.until > ?2)"));
    query.bind(user.value).bind(to_unix(now));
    std::vector<Membership> memberships;
    while (TRY(query.step())) memberships.push_back(read_membership(query));
    std::sort(memberships.begin(), memberships.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    return memberships;
}

Result<std::vector<Membership>> Groups::local_of_user(ObjectId user, Time now) {
    auto query = TRY(
        database_.query("SELECT NULL, name, gid, until, 1, until FROM local_members WHERE user_id = ? AND "
                        "(until IS NULL OR until > ?) ORDER BY name"));
    query.bind(user.value).bind(to_unix(now));
    std::vector<Membership> memberships;
    while (TRY(query.step())) memberships.push_back(read_membership(query));
    return memberships;
}

Result<MemberPage> Groups::members(ObjectId group, Time now, std::uint64_t offset, std::uint64_t limit) {
    MemberPage page;
    auto count =
        TRY(database_.query("SELECT count(*) FROM members WHERE group_id = ? AND user_id IS NOT NULL AND "
                            "removed = 0 AND (until IS NULL OR until > ?)"));
    count.bind(group.value).bind(to_unix(now));
    TRY(count.step());
    page.total = to_count(count);
    auto query =
        TRY(database_.query("SELECT u.id, u.name, u.uid, m.until, m.direct = 1 AND (m.direct_until IS NULL "
                            "OR m.direct_until > ?2), "
                            "NULL FROM members m JOIN users u ON u.id = m.user_id WHERE m.group_id = ?1 AND "
                            "m.removed = 0 AND (m.until "
                            "IS NULL OR m.until > ?2) ORDER BY u.name LIMIT ?3 OFFSET ?4"));
    query.bind(group.value).bind(to_unix(now)).bind(static_cast<std::int64_t>(limit));
    query.bind(static_cast<std::int64_t>(offset));
    while (TRY(query.step())) page.members.push_back(read_member(query));
    return page;
}

Result<MemberPage> Groups::direct_members(ObjectId group, Time now, std::uint64_t offset,
                                          std::uint64_t limit) {
    MemberPage page;
    auto count = TRY(
        database_.query("SELECT count(*) FROM members WHERE group_id = ? AND direct = 1 AND (direct_until IS "
                        "NULL OR direct_until > ?)"));
    count.bind(group.value).bind(to_unix(now));
    TRY(count.step());
    page.total = to_count(count);
    auto query = TRY(database_.query(
        "SELECT m.user_id, COALESCE(u.name, g.name), COALESCE(u.uid, g.gid), m.direct_until, 1, "
        "m.subgroup_id FROM members m LEFT JOIN users u ON u.id = m.user_id LEFT JOIN groups g "
        "ON g.id = m.subgroup_id WHERE m.group_id = ? AND m.direct = 1 AND (m.direct_until IS "
        "NULL OR m.direct_until > ?) ORDER BY 2 LIMIT ? OFFSET ?"));
    query.bind(group.value).bind(to_unix(now)).bind(static_cast<std::int64_t>(limit));
    query.bind(static_cast<std::int64_t>(offset));
    while (TRY(query.step())) page.members.push_back(read_member(query));
    return page;
}

Result<std::vector<Member>> Groups::local_members(std::string_view name, Time now) {
    auto query = TRY(
        database_.query("SELECT u.id, u.name, u.uid, m.until, 1, NULL FROM local_members m JOIN users u ON "
                        "u.id = m.user_id WHERE m.name = ? AND (m.until IS NULL OR m.until > ?) ORDER BY "
                        "u.name"));
    query.bind(name).bind(to_unix(now));
    std::vector<Member> members;
    while (TRY(query.step())) members.push_back(read_member(query));
    return members;
}

Result<bool> Groups::add(ObjectId group, ObjectId user, std::optional<Time> until, std::uint64_t generation) {
    return TRY(add(group, std::span(&user, 1), until, generation)) != 0;
}

// The rows are written as if this were the only way in; `settle_here` looks at the others.
Result<std::uint64_t> Groups::add(ObjectId group, std::span<const ObjectId> users, std::optional<Time> until,
                                  std::uint64_t generation) {
    std::vector<ObjectId> changed;
    for (const auto user : users) {
        auto query = TRY(database_.query(
            "INSERT INTO members (group_id, user_id, until, direct, direct_until, generation) VALUES (?1, "
            "?2, ?3, 1, ?3, ?4) ON CONFLICT (user_id, group_id) WHERE user_id IS NOT NULL DO UPDATE SET "
            "until = excluded.until, removed = 0, direct = 1, direct_until = excluded.direct_until, "
            "generation = excluded.generation WHERE direct = 0 OR direct_until IS NOT "
            "excluded.direct_until"));
        query.bind(group.value).bind(user.value).bind(to_seconds(until));
        TRY(query.bind(static_cast<std::int64_t>(generation)).run());
        if (database_.changes() != 0) changed.push_back(user);
    }
    TRY(settle_here(group, changed, generation));
    return changed.size();
}

Result<bool> Groups::remove(ObjectId group, ObjectId user, std::uint64_t generation) {
    auto query = TRY(database_.query(
        "UPDATE members SET removed = 1, direct = 0, direct_until = NULL, generation = ? WHERE "
        "group_id = ? AND user_id = ? AND direct = 1"));
    TRY(query.bind(static_cast<std::int64_t>(generation)).bind(group.value).bind(user.value).run());
    if (database_.changes() == 0) return false;
    TRY(settle_here(group, std::span(&user, 1), generation));
    return true;
}

Result<bool> Groups::add_local(std::string_view name, std::uint32_t gid, ObjectId user,
                               std::optional<Time> until) {
    auto query = TRY(database_.query(
        "INSERT INTO local_members (user_id, name, gid, until) VALUES (?, ?, ?, ?) ON CONFLICT "
        "(user_id, name) DO UPDATE SET gid = excluded.gid, until = excluded.until WHERE gid <> "
        "excluded.gid OR until IS NOT excluded.until"));
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
        TRY(database_.query("SELECT group_id, user_id, subgroup_id FROM members WHERE direct_until <= ? AND "
                            "direct_until IS NOT NULL AND direct = 1 LIMIT 1000"));
    query.bind(to_unix(now));
    while (TRY(query.step()))
        found.push_back(
            {ObjectId{query.integer(0)}, {}, ObjectId{query.integer(1)}, ObjectId{query.integer(2)}});
    auto local = TRY(database_.query("SELECT name, user_id FROM local_members WHERE until <= ? LIMIT 1000"));
    local.bind(to_unix(now));
    while (TRY(local.step())) found.push_back({{}, local.text(0), ObjectId{local.integer(1)}, {}});
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
