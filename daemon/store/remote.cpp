// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/store/remote.h"

#include "daemon/store/columns.h"
#include "daemon/store/database.h"

namespace userd::store {

namespace {

#define USERD_FRAME(id) "(SELECT frame FROM remote_frames WHERE entry_id = " id ")"
#define USERD_ENTRY_COLUMNS                                                                                  \
    "e.id, e.kind, e.pending, e.user_id, e.group_id, e.missing_at, e.vanished_at, e.number, e.gid, e.name, " \
    "e.dn, e.problem, e.detail, e.problem_at, e.refused, " USERD_FRAME("e.id")

Query& bind_id(Query& query, ObjectId id) {
    return id ? query.bind(id.value) : query.bind_null();
}

RemoteEntry read_entry(const Query& row) {
    RemoteEntry entry;
    entry.id = row.integer(0);
    entry.kind = static_cast<RemoteKind>(row.integer(1));
    entry.turn = static_cast<RemoteTurn>(row.integer(2));
    entry.user = ObjectId{row.integer(3)};
    entry.group = ObjectId{row.integer(4)};
    entry.missing_at = time_of(row, 5);
    entry.vanished_at = time_of(row, 6);
    entry.number = static_cast<std::uint32_t>(row.integer(7));
    entry.gid = static_cast<std::uint32_t>(row.integer(8));
    entry.name = row.text(9);
    entry.dn = row.text(10);
    entry.problem = row.text(11);
    entry.was_quarantined = !entry.problem.empty();
    entry.detail = row.text(12);
    entry.problem_at = time_of(row, 13);
    entry.is_refused = row.integer(14) != 0;
    entry.frame = text_of(row.blob(15));
    return entry;
}

Result<std::vector<std::int64_t>> numbers(Query query) {
    std::vector<std::int64_t> all;
    while (TRY(query.step())) all.push_back(query.integer(0));
    return all;
}

}  // namespace

Result<std::optional<std::int64_t>> Remote::stage(std::int64_t source, const RemoteFacts& facts) {
    const bool is_group = facts.kind == RemoteKind::group;
    std::int64_t id = 0;
    bool is_same = false, is_here = false, same_members = !is_group, moved = false;
    ObjectId user, group;
    {
        auto known = TRY(database_.query(
            "SELECT id, " USERD_FRAME("id") ", refused, missing_at, vanished_at, kind, dn, user_id, "
                                            "group_id FROM remote_entries WHERE source_id = ? AND uuid = ?"));
        known.bind(source).bind_blob_view(bytes_of(facts.uuid));
        if (TRY(known.step())) {
            id = known.integer(0);
            const bool same_kind = known.integer(5) == static_cast<std::int64_t>(facts.kind);
            user = ObjectId{known.integer(7)};
            group = ObjectId{known.integer(8)};
            if (!same_kind && (user || group)) return std::nullopt;
            is_same = same_kind && known.integer(2) == 0 && text_of(known.blob(1)) == facts.frame;
            is_here = known.is_null(3) && known.is_null(4);
            moved = !is_same && known.text(6) != facts.dn;
        }
    }
    if (id != 0 && is_group) {
        auto list = TRY(database_.query("SELECT by_name, list FROM remote_members WHERE entry_id = ?"));
        list.bind(id);
        same_members = TRY(list.step()) && (list.integer(0) != 0) == facts.by_name &&
                       text_of(list.blob(1)) == facts.members;
    }
    if (is_same && is_here && same_members) return id;
    if (id == 0) {
        auto insert = TRY(database_.query(
            "INSERT INTO remote_entries (source_id, uuid, kind, pending, number, gid, name, dn) VALUES (?1, "
            "?2, ?3, ?3, ?4, ?5, ?6, ?7)"));
        insert.bind(source).bind_blob_view(bytes_of(facts.uuid)).bind(static_cast<std::int64_t>(facts.kind));
        insert.bind(std::int64_t{facts.number})
            .bind(std::int64_t{facts.gid})
            .bind_view(facts.name)
            .bind_view(facts.dn);
        TRY(insert.run());
        id = database_.last_row();
    } else if (is_same) {
        // Here again, or only its members are others.
        auto update = TRY(database_.query(
            "UPDATE remote_entries SET missing_at = NULL, vanished_at = NULL, pending = CASE "
            "WHEN pending = 0 AND ?1 AND group_id IS NOT NULL THEN 3 ELSE kind END WHERE id = ?2"));
        TRY(update.bind(std::int64_t{is_here}).bind(id).run());
    } else {
        auto update =
            TRY(database_.query("UPDATE remote_entries SET kind = ?1, pending = ?1, refused = 0, missing_at "
                                "= NULL, vanished_at = NULL, "
                                "number = ?2, gid = ?3, name = ?4, dn = ?5 WHERE id = ?6"));
        update.bind(static_cast<std::int64_t>(facts.kind)).bind(std::int64_t{facts.number});
        update.bind(std::int64_t{facts.gid}).bind_view(facts.name).bind_view(facts.dn);
        TRY(update.bind(id).run());
    }
    if (!is_same) {
        auto put = TRY(database_.query(
            "INSERT INTO remote_frames (entry_id, frame) VALUES (?, ?) ON CONFLICT DO UPDATE SET frame = "
            "excluded.frame"));
        TRY(put.bind(id).bind_blob_view(bytes_of(facts.frame)).run());
    }
    if (is_group && !same_members) {
        auto put = TRY(database_.query(
            "INSERT OR REPLACE INTO remote_members (entry_id, by_name, list) VALUES (?, ?, ?)"));
        TRY(put.bind(id).bind(std::int64_t{facts.by_name}).bind_blob_view(bytes_of(facts.members)).run());
    }
    if (moved && (user || group)) TRY(requeue_groups_of(source, user ? user : group));
    return id;
}

Result<std::int64_t> Remote::stage_refused(std::int64_t source, std::string_view uuid, std::string_view dn,
                                           std::string_view problem, std::string_view detail, Time now) {
    auto query = TRY(database_.query(
        "INSERT INTO remote_entries (source_id, uuid, kind, pending, refused, dn, problem, detail, "
        "problem_at) "
        "VALUES (?1, ?2, 0, 0, 1, ?3, ?4, ?5, ?6) ON CONFLICT (source_id, uuid) DO UPDATE SET refused = 1, "
        "missing_at = NULL, vanished_at = NULL, pending = CASE WHEN vanished_at IS NULL THEN 0 ELSE kind "
        "END, "
        "problem = excluded.problem, detail = excluded.detail, problem_at = CASE WHEN problem = "
        "excluded.problem THEN problem_at ELSE excluded.problem_at END WHERE refused = 0 OR problem <> "
        "excluded.problem OR detail <> excluded.detail OR missing_at IS NOT NULL OR vanished_at IS NOT "
        "NULL"));
    query.bind(source).bind_blob(bytes_of(uuid)).bind(dn).bind(problem).bind(detail);
    TRY(query.bind(to_column(now)).run());
    return TRY(find_id(source, uuid)).value_or(0);
}

Result<std::optional<std::int64_t>> Remote::find_id(std::int64_t source, std::string_view uuid) {
    auto query = TRY(database_.query("SELECT id FROM remote_entries WHERE source_id = ? AND uuid = ?"));
    query.bind(source).bind_blob(bytes_of(uuid));
    if (!TRY(query.step())) return std::nullopt;
    return query.integer(0);
}

Result<std::optional<std::int64_t>> Remote::stage_present(std::int64_t source, std::string_view uuid) {
    const auto id = TRY(find_id(source, uuid));
    if (!id) return id;
    auto back = TRY(database_.query(
        "UPDATE remote_entries SET missing_at = NULL, pending = CASE WHEN vanished_at IS NULL THEN pending "
        "ELSE "
        "kind END, vanished_at = NULL WHERE id = ? AND (missing_at IS NOT NULL OR vanished_at IS NOT NULL)"));
    TRY(back.bind(*id).run());
    return id;
}

Result<std::vector<RemoteEntry>> Remote::list(Query query) {
    std::vector<RemoteEntry> all;
    while (TRY(query.step())) all.push_back(read_entry(query));
    return all;
}

Result<std::optional<RemoteEntry>> Remote::find(std::int64_t id) {
    auto query = TRY(database_.query("SELECT " USERD_ENTRY_COLUMNS " FROM remote_entries e WHERE e.id = ?"));
    query.bind(id);
    if (!TRY(query.step())) return std::nullopt;
    return read_entry(query);
}

Result<std::optional<RemoteEntry>> Remote::find_by_user(ObjectId user) {
    auto query =
        TRY(database_.query("SELECT " USERD_ENTRY_COLUMNS " FROM remote_entries e WHERE e.user_id = ?"));
    query.bind(user.value);
    if (!TRY(query.step())) return std::nullopt;
    return read_entry(query);
}

Result<std::optional<RemoteEntry>> Remote::find_by_group(ObjectId group) {
    auto query =
        TRY(database_.query("SELECT " USERD_ENTRY_COLUMNS " FROM remote_entries e WHERE e.group_id = ?"));
    query.bind(group.value);
    if (!TRY(query.step())) return std::nullopt;
    return read_entry(query);
}

Result<std::vector<std::int64_t>> Remote::ids(std::int64_t source) {
    auto query = TRY(database_.query("SELECT id FROM remote_entries WHERE source_id = ?"));
    query.bind(source);
    return numbers(std::move(query));
}

Result<std::vector<std::int64_t>> Remote::missing(std::int64_t source) {
    auto query = TRY(database_.query(
        "SELECT id FROM remote_entries WHERE source_id = ? AND missing_at IS NOT NULL ORDER BY id"));
    query.bind(source);
    return numbers(std::move(query));
}

Result<std::vector<RemoteEntry>> Remote::vanished_users(std::int64_t source, Time until,
                                                        std::uint64_t limit) {
    auto query = TRY(database_.query(
        "SELECT " USERD_ENTRY_COLUMNS
        " FROM remote_entries e WHERE e.source_id = ? AND e.vanished_at <= ? AND e.vanished_at IS NOT NULL "
        "AND e.group_id IS NULL LIMIT ?"));
    query.bind(source).bind(to_column(until)).bind(static_cast<std::int64_t>(limit));
    return list(std::move(query));
}

Result<std::vector<RemoteEntry>> Remote::vanished_but_active(std::int64_t source) {
    auto query = TRY(database_.query(
        "SELECT " USERD_ENTRY_COLUMNS
        " FROM remote_entries e JOIN users u ON u.id = e.user_id WHERE e.source_id = ? AND e.vanished_at "
        "IS NOT NULL AND u.state <> 'suspended'"));
    query.bind(source);
    return list(std::move(query));
}

Result<RemoteCounts> Remote::counts(std::int64_t source) {
    auto query = TRY(database_.query(
        "SELECT (SELECT count(*) FROM remote_entries WHERE user_id IS NOT NULL AND +source_id = ?1), "
        "(SELECT count(*) FROM remote_entries WHERE group_id IS NOT NULL AND +source_id = ?1), "
        "(SELECT count(*) FROM remote_entries WHERE vanished_at IS NOT NULL AND source_id = ?1), "
        "(SELECT count(*) FROM remote_entries WHERE missing_at IS NOT NULL AND source_id = ?1), "
        "(SELECT count(*) FROM remote_entries WHERE problem <> '' AND source_id = ?1)"));
    query.bind(source);
    TRY(query.step());
    const auto number = [&](int column) { return static_cast<std::uint64_t>(query.integer(column)); };
    return RemoteCounts{number(0), number(1), number(2), number(3), number(4)};
}

Result<std::uint64_t> Remote::count_here(std::int64_t source) {
    auto query =
        TRY(database_.query("SELECT count(*) FROM remote_entries WHERE user_id IS NOT NULL AND vanished_at "
                            "IS NULL AND source_id = ?"));
    query.bind(source);
    TRY(query.step());
    return static_cast<std::uint64_t>(query.integer(0));
}

Result<RemoteQuarantine> Remote::quarantine(std::int64_t source, std::uint64_t offset, std::uint64_t limit) {
    RemoteQuarantine page;
    page.total = TRY(counts(source)).quarantined;
    auto query = TRY(database_.query("SELECT " USERD_ENTRY_COLUMNS
                                     " FROM remote_entries e WHERE e.source_id = ? AND e.problem <> '' ORDER "
                                     "BY e.dn LIMIT ? OFFSET ?"));
    query.bind(source).bind(static_cast<std::int64_t>(limit)).bind(static_cast<std::int64_t>(offset));
    page.entries = TRY(list(std::move(query)));
    return page;
}

Result<std::vector<RemoteEntry>> Remote::left_out(std::int64_t source, RemoteKind kind,
                                                  std::string_view name) {
    auto query = TRY(database_.query(
        "SELECT " USERD_ENTRY_COLUMNS
        " FROM remote_entries e WHERE e.name = ? AND e.problem <> '' AND +e.source_id = ? AND e.kind = ? AND "
        "e.missing_at IS NULL AND e.vanished_at IS NULL LIMIT 10"));
    query.bind(name).bind(source).bind(static_cast<std::int64_t>(kind));
    return list(std::move(query));
}

Result<std::vector<RemoteEntry>> Remote::pending(std::int64_t source, std::uint64_t limit) {
    auto query =
        TRY(database_.query("SELECT " USERD_ENTRY_COLUMNS
                            " FROM remote_entries e WHERE e.source_id = ? AND e.pending <> 0 ORDER BY "
                            "e.pending, e.id LIMIT ?"));
    query.bind(source).bind(static_cast<std::int64_t>(limit));
    return list(std::move(query));
}

Result<std::uint64_t> Remote::count_pending(std::int64_t source, std::uint64_t at_most) {
    auto query =
        TRY(database_.query("SELECT count(*) FROM (SELECT 1 FROM remote_entries WHERE source_id = ? "
                            "AND pending <> 0 LIMIT ?)"));
    query.bind(source).bind(static_cast<std::int64_t>(at_most));
    TRY(query.step());
    return static_cast<std::uint64_t>(query.integer(0));
}

// Who was well and is: the columns of problems, and their indexes, are left alone.
Result<void> Remote::settled(const RemoteEntry& entry) {
    if (!entry.was_quarantined && entry.problem.empty()) {
        auto query =
            entry.kind == RemoteKind::group
                ? TRY(database_.query("UPDATE remote_entries SET pending = ?, group_id = ? WHERE id = ?"))
                : TRY(database_.query("UPDATE remote_entries SET pending = ?, user_id = ? WHERE id = ?"));
        query.bind(static_cast<std::int64_t>(entry.turn));
        bind_id(query, entry.kind == RemoteKind::group ? entry.group : entry.user);
        return query.bind(entry.id).run();
    }
    auto query = TRY(database_.query(
        "UPDATE remote_entries SET pending = ?, user_id = ?, group_id = ?, problem = ?, detail = "
        "?, problem_at = ? WHERE id = ?"));
    query.bind(static_cast<std::int64_t>(entry.turn));
    bind_id(query, entry.user);
    bind_id(query, entry.group);
    query.bind(entry.problem).bind(entry.detail).bind(to_column(entry.problem_at));
    return query.bind(entry.id).run();
}

Result<void> Remote::set_gone(std::int64_t id, std::optional<Time> missing_at,
                              std::optional<Time> vanished_at) {
    auto query =
        TRY(database_.query("UPDATE remote_entries SET missing_at = ?1, vanished_at = ?2 WHERE id = ?3 AND "
                            "(missing_at IS NOT ?1 OR "
                            "vanished_at IS NOT ?2)"));
    return query.bind(to_column(missing_at)).bind(to_column(vanished_at)).bind(id).run();
}

Result<void> Remote::forget(std::int64_t id) {
    auto query = TRY(database_.query("DELETE FROM remote_entries WHERE id = ?"));
    return query.bind(id).run();
}

Result<std::vector<RemoteClaim>> Remote::claims(std::string_view name, std::uint32_t number, bool is_group,
                                                std::string_view tag, Time now) {
    auto query = TRY(database_.query(
        "SELECT 0, id, name, uid, source, primary_group IS NULL FROM users WHERE uid = ?1 "
        "UNION ALL SELECT 0, id, name, uid, source, primary_group IS NULL FROM users WHERE name = ?2 AND uid "
        "<> ?1 "
        "UNION ALL SELECT 1, id, name, gid, source, 0 FROM groups WHERE gid = ?1 "
        "UNION ALL SELECT 1, id, name, gid, source, 0 FROM groups WHERE name = ?2 AND gid <> ?1 "
        "UNION ALL SELECT 2, object_id, name, number, source, 0 FROM tombstones WHERE number = ?1 AND source "
        "<> ?3 "
        "UNION ALL SELECT 3, owner, name, 0, '', 0 FROM held_names WHERE name = ?2 AND until > ?4 AND ?5 = "
        "0"));
    query.bind(std::int64_t{number}).bind(name).bind(tag).bind(to_column(now)).bind(std::int64_t{is_group});
    std::vector<RemoteClaim> all;
    while (TRY(query.step()))
        all.push_back({static_cast<RemoteClaim::Kind>(query.integer(0)), ObjectId{query.integer(1)},
                       query.text(2), static_cast<std::uint32_t>(query.integer(3)), query.text(4),
                       query.integer(5) != 0});
    return all;
}

Result<std::optional<ObjectId>> Remote::group_of_gid(std::int64_t source, std::uint32_t gid) {
    auto query =
        TRY(database_.query("SELECT g.id FROM groups g JOIN remote_entries e ON e.group_id = g.id AND "
                            "e.source_id = ?2 WHERE g.gid = "
                            "?1 AND e.vanished_at IS NULL"));
    query.bind(std::int64_t{gid}).bind(source);
    if (!TRY(query.step())) return std::nullopt;
    return ObjectId{query.integer(0)};
}

Result<void> Remote::touch_primary(ObjectId group, std::uint64_t generation) {
    auto query = TRY(database_.query("UPDATE users SET generation = ? WHERE primary_group = ?"));
    return query.bind(static_cast<std::int64_t>(generation)).bind(group.value).run();
}

Result<void> Remote::move_primary(ObjectId from, ObjectId to, std::uint64_t generation) {
    auto query =
        TRY(database_.query("UPDATE users SET primary_group = ?, generation = ? WHERE primary_group = ?"));
    return query.bind(to.value).bind(static_cast<std::int64_t>(generation)).bind(from.value).run();
}

// No number is negative.
Result<void> Remote::put_aside(ObjectId party) {
    auto user = TRY(database_.query("UPDATE users SET name = ':' || id, uid = -id WHERE id = ?"));
    TRY(user.bind(party.value).run());
    auto group = TRY(database_.query("UPDATE groups SET name = ':' || id, gid = -id WHERE id = ?"));
    return group.bind(party.value).run();
}

Result<void> Remote::defer_references() {
    return database_.execute("PRAGMA defer_foreign_keys = ON");
}

Result<std::vector<RemoteEntry>> Remote::vanished_groups(std::int64_t source) {
    auto query = TRY(database_.query("SELECT " USERD_ENTRY_COLUMNS
                                     " FROM remote_entries e WHERE e.source_id = ? AND e.vanished_at IS NOT "
                                     "NULL AND e.group_id IS NOT NULL"));
    query.bind(source);
    return list(std::move(query));
}

Result<void> Remote::touch_source(std::string_view tag, std::uint64_t generation) {
    auto users = TRY(database_.query("UPDATE users SET generation = ? WHERE source = ?"));
    TRY(users.bind(static_cast<std::int64_t>(generation)).bind(tag).run());
    auto groups = TRY(database_.query("UPDATE groups SET generation = ? WHERE source = ?"));
    return groups.bind(static_cast<std::int64_t>(generation)).bind(tag).run();
}

}  // namespace userd::store
