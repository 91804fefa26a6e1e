// SPDX-License-Identifier: LGPL-2.1-or-later
// Entries that are to be looked at again.
#include "daemon/store/database.h"
#include "daemon/store/remote.h"

namespace userd::store {

Result<void> Remote::requeue_all(std::int64_t source) {
    auto query = TRY(database_.query(
        "UPDATE remote_entries SET pending = kind WHERE source_id = ? AND kind <> 0 AND pending <> kind AND "
        "refused = 0"));
    return query.bind(source).run();
}

Result<void> Remote::requeue_quarantined() {
    auto query = TRY(database_.query(
        "UPDATE remote_entries SET pending = kind WHERE problem <> '' AND kind <> 0 AND refused = 0"));
    return query.run();
}

Result<void> Remote::requeue_claim(std::string_view name, std::uint32_t number) {
    auto by_name = TRY(database_.query(
        "UPDATE remote_entries SET pending = kind WHERE name = ? AND problem <> '' AND kind <> 0 "
        "AND refused = 0"));
    TRY(by_name.bind(name).run());
    auto by_number = TRY(database_.query(
        "UPDATE remote_entries SET pending = kind WHERE number = ? AND problem <> '' AND kind <> 0 "
        "AND refused = 0"));
    return by_number.bind(std::int64_t{number}).run();
}

Result<void> Remote::requeue_gid(std::int64_t source, std::uint32_t gid) {
    auto query = TRY(database_.query(
        "UPDATE remote_entries SET pending = kind WHERE gid = ? AND problem <> '' AND kind = 2 AND "
        "refused = 0 AND source_id = ?"));
    return query.bind(std::int64_t{gid}).bind(source).run();
}

Result<void> Remote::requeue_primary(std::int64_t source, ObjectId group) {
    auto query = TRY(database_.query(
        "UPDATE remote_entries SET pending = kind WHERE user_id IN (SELECT id FROM users WHERE primary_group "
        "= ?) AND source_id = ? AND kind = 2 AND refused = 0"));
    return query.bind(group.value).bind(source).run();
}

Result<void> Remote::requeue_members(std::int64_t entry) {
    auto query = TRY(database_.query(
        "UPDATE remote_entries SET pending = 3 WHERE id = ? AND pending = 0 AND group_id IS NOT NULL"));
    return query.bind(entry).run();
}

Result<void> Remote::requeue_user(std::int64_t entry) {
    auto query = TRY(database_.query("UPDATE remote_entries SET pending = 2 WHERE id = ? AND kind = 2"));
    return query.bind(entry).run();
}

Result<void> Remote::requeue_circles(std::int64_t source) {
    auto query =
        TRY(database_.query("UPDATE remote_entries SET pending = 3 WHERE +pending = 0 AND group_id IS NOT "
                            "NULL AND +source_id = ?1 AND "
                            "id IN (SELECT w.entry_id FROM remote_waiting w CROSS JOIN remote_entries e ON "
                            "e.dn = substr(w.key, 3) AND "
                            "e.source_id = ?1 AND +e.group_id IS NOT NULL)"));
    return query.bind(source).run();
}

Result<void> Remote::requeue_groups_of(std::int64_t source, ObjectId party) {
    auto query = TRY(database_.query(
        "UPDATE remote_entries SET pending = 3 WHERE pending = 0 AND source_id = ?1 AND group_id IN (SELECT "
        "group_id FROM members WHERE user_id = ?2 AND direct = 1 UNION ALL SELECT group_id FROM members "
        "WHERE "
        "subgroup_id = ?2)"));
    return query.bind(source).bind(party.value).run();
}

}  // namespace userd::store
