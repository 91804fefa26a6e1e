// SPDX-License-Identifier: LGPL-2.1-or-later
// Groups in groups: the part of Groups that carries a membership on to the groups that hold the group. What
// the host sees of one user in one group follows from one step down alone: put in by name, or in a member
// group; the latest end of these ways holds, and a way through a group ends with the earlier of its two
// steps. So a change walks upwards and stops where nothing differs any more.
#include <algorithm>
#include <tuple>

#include "daemon/store/database.h"
#include "daemon/store/groups.h"

namespace userd::store {

namespace {

// "Never" is the largest number, so that ends compare as numbers.
#define USERD_NEVER "9223372036854775807"

// The ways into the group ?1: user_id, last; `AND` narrows it to one user.
#define USERD_WAYS(AND)                                                                                     \
    "SELECT user_id, COALESCE(direct_until, " USERD_NEVER                                                   \
    ") AS last FROM members WHERE group_id = ?1 AND user_id IS NOT NULL AND direct = 1 " AND                \
    "UNION ALL SELECT user_id, min(COALESCE(step.direct_until, " USERD_NEVER                                \
    "), COALESCE(m.until, " USERD_NEVER                                                                     \
    ")) FROM (SELECT subgroup_id, direct_until FROM members WHERE group_id = ?1 AND user_id IS NULL) step " \
    "CROSS JOIN members m ON m.group_id = step.subgroup_id WHERE m.user_id IS NOT NULL AND m.removed = "    \
    "0 " AND

#define USERD_JOIN(AND) \
    "INSERT INTO members (group_id, user_id, until, direct, generation) SELECT ?1, user_id, " \
    "nullif(max(last), " \
    USERD_NEVER "), 0, ?2 FROM (" USERD_WAYS(AND) ") WHERE true GROUP BY user_id ON CONFLICT (user_id, group_id) " \
    "WHERE user_id IS NOT NULL DO UPDATE SET until = excluded.until, removed = 0, generation = "                 \
    "excluded.generation WHERE removed <> 0 OR until IS NOT excluded.until"

#define USERD_LEAVE(AND)                                                                               \
    "UPDATE members SET removed = 1, generation = ?2 WHERE group_id = ?1 AND user_id IS NOT NULL AND " \
    "removed = 0 "                                                                                     \
    "AND direct = 0 " AND "AND user_id NOT IN (SELECT user_id FROM (" USERD_WAYS(AND) "))"

std::optional<std::int64_t> to_seconds(const std::optional<Time>& until) {
    return until ? std::optional(to_unix(*until)) : std::nullopt;
}

Result<std::vector<Nesting>> nestings(Query query, ObjectId one, Time now) {
    query.bind(one.value).bind(to_unix(now));
    std::vector<Nesting> found;
    while (TRY(query.step())) {
        const auto end = query.optional_integer(4);
        found.push_back({ObjectId{query.integer(0)}, ObjectId{query.integer(1)}, query.text(2), query.text(3),
                         end ? std::optional(from_unix(*end)) : std::nullopt});
    }
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
        return std::tie(a.group_name, a.member_name) < std::tie(b.group_name, b.member_name);
    });
    return found;
}

}  // namespace

Result<std::vector<Nesting>> Groups::groups_in(ObjectId group, Time now) {
    return nestings(
        TRY(database_.query(
            "SELECT m.group_id, m.subgroup_id, g.name, s.name, m.direct_until FROM members m JOIN "
            "groups g ON g.id = m.group_id JOIN groups s ON s.id = m.subgroup_id WHERE m.group_id = "
            "? AND m.user_id IS NULL AND (m.direct_until IS NULL OR m.direct_until > ?)")),
        group, now);
}

Result<std::vector<Nesting>> Groups::groups_of(ObjectId member, Time now) {
    return nestings(
        TRY(database_.query(
            "SELECT m.group_id, m.subgroup_id, g.name, s.name, m.direct_until FROM members m JOIN "
            "groups g ON g.id = m.group_id JOIN groups s ON s.id = m.subgroup_id WHERE "
            "m.subgroup_id = ? AND (m.direct_until IS NULL OR m.direct_until > ?)")),
        member, now);
}

Result<bool> Groups::add_group(ObjectId group, ObjectId member, std::optional<Time> until,
                               std::uint64_t generation) {
    auto query = TRY(database_.query(
        "INSERT INTO members (group_id, subgroup_id, until, direct_until, generation) VALUES "
        "(?1, ?2, ?3, ?3, ?4) ON CONFLICT (subgroup_id, group_id) WHERE subgroup_id IS NOT NULL "
        "DO UPDATE SET until = excluded.until, direct_until = excluded.direct_until, generation "
        "= excluded.generation WHERE direct_until IS NOT excluded.direct_until"));
    query.bind(group.value).bind(member.value).bind(to_seconds(until));
    TRY(query.bind(static_cast<std::int64_t>(generation)).run());
    if (database_.changes() == 0) return false;
    TRY(settle_all(group, generation));
    return true;
}

Result<bool> Groups::remove_group(ObjectId group, ObjectId member, std::uint64_t generation) {
    auto query = TRY(database_.query("DELETE FROM members WHERE group_id = ? AND subgroup_id = ?"));
    TRY(query.bind(group.value).bind(member.value).run());
    if (database_.changes() == 0) return false;
    TRY(settle_all(group, generation));
    return true;
}

Result<bool> Groups::is_standing(ObjectId group, ObjectId member) {
    auto query = TRY(database_.query(
        "SELECT 1 FROM members WHERE user_id = ?2 AND group_id = ?1 AND direct = 1 AND direct_until IS NULL "
        "UNION ALL SELECT 1 FROM members WHERE subgroup_id = ?2 AND group_id = ?1 AND direct_until IS NULL"));
    query.bind(group.value).bind(member.value);
    return query.step();
}

Result<bool> Groups::holds_groups(ObjectId group) {
    auto query = TRY(database_.query("SELECT 1 FROM members WHERE group_id = ? AND user_id IS NULL LIMIT 1"));
    query.bind(group.value);
    return query.step();
}

// What the host sees of the user in the group, from the ways there are; true when it differs from before.
Result<bool> Groups::settle(ObjectId group, ObjectId user, std::uint64_t generation) {
    auto join = TRY(database_.query(USERD_JOIN("AND user_id = ?3 ")));
    join.bind(group.value).bind(static_cast<std::int64_t>(generation)).bind(user.value);
    TRY(join.run());
    bool changed = database_.changes() > 0;
    auto leave = TRY(database_.query(USERD_LEAVE("AND user_id = ?3 ")));
    leave.bind(group.value).bind(static_cast<std::int64_t>(generation)).bind(user.value);
    TRY(leave.run());
    return changed || database_.changes() > 0;
}

// The same of all its users, and of theirs in the groups that hold it.
Result<bool> Groups::settle_all(ObjectId group, std::uint64_t generation) {
    auto join = TRY(database_.query(USERD_JOIN("")));
    TRY(join.bind(group.value).bind(static_cast<std::int64_t>(generation)).run());
    bool changed = database_.changes() > 0;
    auto leave = TRY(database_.query(USERD_LEAVE("")));
    TRY(leave.bind(group.value).bind(static_cast<std::int64_t>(generation)).run());
    changed = changed || database_.changes() > 0;
    if (changed)
        for (const auto& above : TRY(groups_of(group, Time::min()))) TRY(settle_all(above.group, generation));
    return changed;
}

// After another way of theirs into the group.
Result<void> Groups::settle_here(ObjectId group, std::span<const ObjectId> users, std::uint64_t generation) {
    if (users.empty()) return {};
    if (TRY(holds_groups(group)))
        for (const auto user : users) TRY(settle(group, user, generation));
    return carry_on(group, users, generation);
}

Result<void> Groups::carry_on(ObjectId group, std::span<const ObjectId> users, std::uint64_t generation) {
    for (const auto& above : TRY(groups_of(group, Time::min()))) {
        std::vector<ObjectId> changed;
        for (const auto user : users)
            if (TRY(settle(above.group, user, generation))) changed.push_back(user);
        if (!changed.empty()) TRY(carry_on(above.group, changed, generation));
    }
    return {};
}

}  // namespace userd::store
