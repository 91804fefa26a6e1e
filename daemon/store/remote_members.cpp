// SPDX-License-Identifier: LGPL-2.1-or-later
// Who a mirrored group names, and who of them is here.
#include "daemon/store/columns.h"
#include "daemon/store/database.h"
#include "daemon/store/remote.h"

namespace userd::store {

namespace {

constexpr std::string_view by_dn = "d:";

}  // namespace

Result<Remote::Named> Remote::named_members(std::int64_t entry) {
    auto query = TRY(database_.query("SELECT by_name, list FROM remote_members WHERE entry_id = ?"));
    query.bind(entry);
    if (!TRY(query.step())) return Named{};
    return Named{query.integer(0) != 0, text_of(query.blob(1))};
}

Result<std::vector<Remote::Current>> Remote::current_members(std::int64_t source, std::int64_t entry,
                                                             ObjectId group, bool by_name) {
    std::vector<Current> all;
    // CROSS JOIN: from the members on; the planner would rather walk through the source.
    auto users = TRY(database_.query(
        "SELECT CASE WHEN ?2 THEN 'n:' || u.name ELSE 'd:' || e.dn END, m.user_id FROM members m CROSS JOIN "
        "remote_entries e ON e.user_id = m.user_id CROSS JOIN users u ON u.id = m.user_id WHERE m.group_id = "
        "?1 "
        "AND m.user_id IS NOT NULL AND m.direct = 1 AND +e.source_id = ?3"));
    users.bind(group.value).bind(std::int64_t{by_name}).bind(source);
    while (TRY(users.step())) all.push_back({users.text(0), {ObjectId{users.integer(1)}, {}}});
    auto groups = TRY(database_.query(
        "SELECT 'd:' || e.dn, m.subgroup_id FROM members m CROSS JOIN remote_entries e ON e.group_id = "
        "m.subgroup_id WHERE m.group_id = ?1 AND m.user_id IS NULL AND +e.source_id = ?2"));
    groups.bind(group.value).bind(source);
    while (TRY(groups.step())) all.push_back({groups.text(0), {{}, ObjectId{groups.integer(1)}}});
    auto waiting = TRY(database_.query("SELECT key FROM remote_waiting WHERE entry_id = ?"));
    waiting.bind(entry);
    while (TRY(waiting.step())) all.push_back({waiting.text(0), {}});
    return all;
}

// Who stands there now goes before who stood there and vanished.
Result<Remote::Party> Remote::resolve(std::int64_t source, std::string_view key) {
    auto query =
        key.starts_with(by_dn)
            ? TRY(database_.query("SELECT user_id, group_id, vanished_at FROM remote_entries WHERE dn = ? "
                                  "AND source_id = ?"))
            : TRY(database_.query(
                  "SELECT e.user_id, NULL, e.vanished_at FROM users u JOIN remote_entries e ON e.user_id = "
                  "u.id WHERE u.name = ? AND e.source_id = ?"));
    query.bind(key.substr(by_dn.size())).bind(source);
    Party found;
    while (TRY(query.step())) {
        const Party party{ObjectId{query.integer(0)}, ObjectId{query.integer(1)}};
        const bool is_gone = !query.is_null(2);
        if ((!party.user && !party.group) || (is_gone && (party.group || found.user || found.group)))
            continue;
        found = party;
        if (!is_gone) break;
    }
    return found;
}

Result<void> Remote::wait(std::int64_t entry, std::string_view key) {
    auto query = TRY(database_.query("INSERT OR IGNORE INTO remote_waiting (key, entry_id) VALUES (?, ?)"));
    return query.bind(key).bind(entry).run();
}

Result<bool> Remote::is_anybody_waiting() {
    auto query = TRY(database_.query("SELECT 1 FROM remote_waiting LIMIT 1"));
    return query.step();
}

Result<void> Remote::stop_waiting(std::int64_t entry, std::string_view key) {
    auto query = TRY(database_.query("DELETE FROM remote_waiting WHERE key = ? AND entry_id = ?"));
    return query.bind(key).bind(entry).run();
}

Result<std::vector<std::pair<std::int64_t, ObjectId>>> Remote::waiting_for(std::int64_t source,
                                                                           std::string_view key) {
    auto query = TRY(database_.query(
        "SELECT e.id, e.group_id FROM remote_waiting w CROSS JOIN remote_entries e ON e.id = w.entry_id "
        "WHERE w.key = ? AND +e.source_id = ? AND + e.pending = 0 AND e.group_id IS NOT NULL"));
    query.bind(key).bind(source);
    std::vector<std::pair<std::int64_t, ObjectId>> all;
    while (TRY(query.step())) all.emplace_back(query.integer(0), ObjectId{query.integer(1)});
    return all;
}

Result<std::vector<ObjectId>> Remote::local_members(std::string_view name) {
    auto query = TRY(database_.query("SELECT user_id FROM remote_local_members WHERE name = ?"));
    query.bind(name);
    std::vector<ObjectId> all;
    while (TRY(query.step())) all.push_back(ObjectId{query.integer(0)});
    return all;
}

Result<std::vector<std::string>> Remote::mapped_local_groups() {
    auto query = TRY(database_.query("SELECT DISTINCT name FROM remote_local_members"));
    std::vector<std::string> all;
    while (TRY(query.step())) all.push_back(query.text(0));
    return all;
}

Result<void> Remote::note_local_member(std::string_view name, ObjectId user) {
    auto query =
        TRY(database_.query("INSERT OR IGNORE INTO remote_local_members (user_id, name) VALUES (?, ?)"));
    return query.bind(user.value).bind(name).run();
}

Result<void> Remote::forget_local_member(std::string_view name, ObjectId user) {
    auto query = TRY(database_.query("DELETE FROM remote_local_members WHERE user_id = ? AND name = ?"));
    return query.bind(user.value).bind(name).run();
}

Result<std::vector<Remote::Nested>> Remote::nestings() {
    auto query = TRY(database_.query("SELECT group_id, subgroup_id FROM remote_nestings"));
    std::vector<Nested> all;
    while (TRY(query.step())) all.push_back({ObjectId{query.integer(0)}, ObjectId{query.integer(1)}});
    return all;
}

Result<void> Remote::note_nesting(const Nested& nested) {
    auto query =
        TRY(database_.query("INSERT OR IGNORE INTO remote_nestings (group_id, subgroup_id) VALUES (?, ?)"));
    return query.bind(nested.group.value).bind(nested.member.value).run();
}

Result<void> Remote::forget_nesting(const Nested& nested) {
    auto query = TRY(database_.query("DELETE FROM remote_nestings WHERE group_id = ? AND subgroup_id = ?"));
    return query.bind(nested.group.value).bind(nested.member.value).run();
}

}  // namespace userd::store
