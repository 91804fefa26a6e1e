// SPDX-License-Identifier: LGPL-2.1-or-later
// What changed for everybody: all queries start at an index on the generation, so they cost what changed.
#include <map>

#include "daemon/store/database.h"
#include "daemon/store/groups.h"
#include "daemon/store/public_facts.h"
#include "daemon/store/public_row.h"
#include "daemon/store/store.h"

namespace userd::store {

namespace {

Result<void> read_memberships(Database& database, std::int64_t user_id, PublicUser& user) {
    auto query =
        TRY(database.query("SELECT g.gid, COALESCE(m.until, 0) FROM members m JOIN groups g ON g.id = "
                           "m.group_id WHERE m.user_id = ?1 AND m.removed = 0 AND g.collides = 0 UNION ALL "
                           "SELECT gid, COALESCE(until, 0) FROM local_members WHERE user_id = ?1"));
    query.bind(user_id);
    while (TRY(query.step())) add_public_membership(user, query.integer(0), query.integer(1));
    sort_memberships(user);
    return {};
}

Result<void> add_users(Database& database, std::int64_t after, PublicChanges& changes) {
    auto query = TRY(database.query("SELECT " USERD_PUBLIC_USER_COLUMNS
                                    ", u.id, u.collides FROM users u LEFT JOIN groups pg ON pg.id = "
                                    "u.primary_group WHERE u.id IN (SELECT id FROM users WHERE generation > "
                                    "?1 UNION SELECT user_id FROM members "
                                    "WHERE generation > ?1 AND user_id IS NOT NULL) ORDER BY u.uid"));
    query.bind(after);
    while (TRY(query.step())) {
        PublicUser user;
        read_public_user(query, user);
        if (query.integer(8) != 0) {
            changes.users_gone.push_back(user.uid);
            continue;
        }
        TRY(read_memberships(database, query.integer(7), user));
        changes.users.push_back(std::move(user));
    }
    return {};
}

Result<void> add_gone(Database& database, std::int64_t after, PublicChanges& changes) {
    auto query = TRY(database.query("SELECT number, kind = 'user' FROM tombstones WHERE generation > ?"));
    query.bind(after);
    while (TRY(query.step())) {
        const auto number = static_cast<std::uint32_t>(query.integer(0));
        (query.integer(1) != 0 ? changes.users_gone : changes.groups_gone).push_back(number);
    }
    return {};
}

using GroupChanges = std::map<std::uint32_t, PublicGroupChange>;

Result<void> add_members(Database& database, std::int64_t after, GroupChanges& groups) {
    auto query =
        TRY(database.query("SELECT g.gid, u.uid, COALESCE(m.until, 0), m.removed FROM members m JOIN groups "
                           "g ON g.id = m.group_id JOIN "
                           "users u ON u.id = m.user_id WHERE m.generation > ? AND u.collides = 0 AND "
                           "g.collides = 0 ORDER BY u.uid"));
    query.bind(after);
    while (TRY(query.step())) {
        auto& group = groups[static_cast<std::uint32_t>(query.integer(0))];
        const auto uid = static_cast<std::uint32_t>(query.integer(1));
        if (query.integer(3) != 0)
            group.left.push_back(uid);
        else
            group.joined.push_back({uid, query.integer(2)});
    }
    return {};
}

Result<void> add_groups(Database& database, std::int64_t after, PublicChanges& changes) {
    GroupChanges groups;
    TRY(add_members(database, after, groups));
    auto query = TRY(database.query("SELECT gid, name, collides, " USERD_LISTED(
        "g") " FROM groups g WHERE id IN (SELECT id FROM groups WHERE "
             "generation > ?1 UNION SELECT group_id FROM members WHERE generation > ?1)"));
    query.bind(after);
    while (TRY(query.step())) {
        const auto gid = static_cast<std::uint32_t>(query.integer(0));
        if (query.integer(2) != 0) {
            changes.groups_gone.push_back(gid);
            continue;
        }
        groups[gid].gid = gid;
        groups[gid].name = query.text(1);
        groups[gid].listed = query.integer(3) != 0;
    }
    for (auto& [gid, group] : groups) changes.groups.push_back(std::move(group));
    return {};
}

// A base is made in less time, and in far less memory, than so much is told as changes.
constexpr std::int64_t too_many = 20'000;

Result<bool> are_too_many(Database& database, std::int64_t after) {
    auto query =
        TRY(database.query("SELECT (SELECT count(*) FROM (SELECT 1 FROM users WHERE generation > ?1 LIMIT "
                           "?2)) + (SELECT count(*) "
                           "FROM (SELECT 1 FROM members WHERE generation > ?1 LIMIT ?2)) > ?2 - 1"));
    query.bind(after).bind(too_many);
    return TRY(query.step()) && query.integer(0) != 0;
}

}  // namespace

Result<PublicChanges> public_changes_since(Store& store, std::uint64_t generation) {
    const auto now = store.generation();
    if (generation > now || generation < TRY(store.groups().forgotten_up_to()))
        return fail(Errc::not_supported, "tell what changed after generation {}: the store is at {}",
                    generation, now);
    PublicChanges changes;
    changes.generation = now;
    const auto after = static_cast<std::int64_t>(generation);
    if (TRY(are_too_many(store.database(), after)))
        return fail(Errc::not_supported, "tell what changed after generation {}: it is too much", generation);
    TRY(add_users(store.database(), after, changes));
    TRY(add_gone(store.database(), after, changes));
    TRY(add_groups(store.database(), after, changes));
    return changes;
}

}  // namespace userd::store
