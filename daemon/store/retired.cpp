// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/store/retired.h"

#include "daemon/store/database.h"
#include "daemon/store/user_row.h"

namespace userd::store {

Result<void> Retired::bury(Kind kind, std::uint32_t number, std::string_view name, ObjectId object, Time now,
                           std::uint64_t generation, std::string_view source) {
    auto query = TRY(database_.query(
        "INSERT INTO tombstones (number, kind, name, object_id, deleted_at, generation, source) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)"));
    query.bind(std::int64_t{number})
        .bind(kind == Kind::user ? "user" : "group")
        .bind(name)
        .bind(object.value);
    return query.bind(to_column(now)).bind(static_cast<std::int64_t>(generation)).bind(source).run();
}

Result<bool> Retired::unbury(Kind kind, std::uint32_t number, std::string_view source) {
    auto query = TRY(database_.query("DELETE FROM tombstones WHERE number = ? AND kind = ? AND source = ?"));
    TRY(query.bind(std::int64_t{number}).bind(kind == Kind::user ? "user" : "group").bind(source).run());
    return database_.changes() > 0;
}

Result<void> Retired::hold_name(std::string_view name, Time until, std::string_view why, ObjectId owner) {
    auto query = TRY(database_.query(
        "INSERT INTO held_names (name, until, why, owner) VALUES (?, ?, ?, ?) ON CONFLICT (name) "
        "DO UPDATE SET until = excluded.until, why = excluded.why, owner = excluded.owner"));
    return query.bind(name).bind(to_column(until)).bind(why).bind(owner.value).run();
}

Result<void> Retired::free_name(std::string_view name) {
    auto query = TRY(database_.query("DELETE FROM held_names WHERE name = ?"));
    return query.bind(name).run();
}

Result<bool> Retired::revive(std::uint32_t number, std::string_view name) {
    auto query =
        TRY(database_.query("DELETE FROM tombstones WHERE number = ? AND kind = 'user' AND name = ?"));
    TRY(query.bind(std::int64_t{number}).bind(name).run());
    return database_.changes() == 1;
}

Result<std::optional<Retired::Held>> Retired::held_name(std::string_view name, Time now) {
    auto query =
        TRY(database_.query("SELECT until, why, owner FROM held_names WHERE name = ? AND until > ?"));
    query.bind(name).bind(to_column(now));
    if (!TRY(query.step())) return std::nullopt;
    return Held{to_time(query.integer(0)), query.text(1), ObjectId{query.integer(2)}};
}

Result<bool> Retired::is_taken(std::uint32_t number) {
    auto query =
        TRY(database_.query("SELECT 1 FROM users WHERE uid = ?1 UNION ALL SELECT 1 FROM groups WHERE gid = "
                            "?1 UNION ALL SELECT 1 FROM tombstones WHERE number = ?1 LIMIT 1"));
    query.bind(std::int64_t{number});
    return query.step();
}

Result<std::optional<std::uint32_t>> Retired::highest(std::uint32_t first, std::uint32_t last) {
    auto query =
        TRY(database_.query("SELECT max(n) FROM (SELECT max(uid) AS n FROM users WHERE uid BETWEEN ?1 AND ?2 "
                            "UNION ALL SELECT max(gid) "
                            "FROM groups WHERE gid BETWEEN ?1 AND ?2 UNION ALL SELECT max(number) FROM "
                            "tombstones WHERE number BETWEEN "
                            "?1 AND ?2)"));
    query.bind(std::int64_t{first}).bind(std::int64_t{last});
    TRY(query.step());
    const auto number = query.optional_integer(0);
    return number ? std::optional(static_cast<std::uint32_t>(*number)) : std::nullopt;
}

}  // namespace userd::store
