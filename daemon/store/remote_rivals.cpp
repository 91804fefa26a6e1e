// SPDX-License-Identifier: LGPL-2.1-or-later
// What of this host stands in the way of a directory server's entries.
#include "daemon/store/database.h"
#include "daemon/store/remote.h"

namespace userd::store {

Result<std::vector<ObjectId>> Remote::rivals(std::int64_t source, RemoteKind kind) {
    auto query = TRY(database_.query(
        kind == RemoteKind::group
            ? "SELECT g.id, g.name FROM remote_entries e JOIN groups g ON g.name = e.name WHERE e.source_id "
              "= "
              "?1 AND e.problem <> '' AND e.kind = 1 AND g.source = 'local' UNION SELECT g.id, g.name FROM "
              "remote_entries e JOIN groups g ON g.gid = e.number WHERE e.source_id = ?1 AND e.problem <> '' "
              "AND e.kind = 1 AND g.source = 'local' ORDER BY 2"
            : "SELECT u.id, u.name FROM remote_entries e JOIN users u ON u.name = e.name WHERE e.source_id = "
              "?1 AND e.problem <> '' AND e.kind = 2 AND u.source = 'local' UNION SELECT u.id, u.name FROM "
              "remote_entries e JOIN users u ON u.uid = e.number WHERE e.source_id = ?1 AND e.problem <> '' "
              "AND e.kind = 2 AND u.source = 'local' ORDER BY 2"));
    query.bind(source);
    std::vector<ObjectId> all;
    while (TRY(query.step())) all.push_back(ObjectId{query.integer(0)});
    return all;
}

Result<std::vector<Remote::Holder>> Remote::holders(ObjectId group) {
    auto query = TRY(database_.query(
        "SELECT m.user_id, m.subgroup_id, COALESCE(u.name, g.name), COALESCE(u.source, g.source), "
        "m.direct_until IS NOT NULL FROM members m LEFT JOIN users u ON u.id = m.user_id LEFT JOIN groups g "
        "ON g.id = m.subgroup_id WHERE m.group_id = ?1 AND m.direct = 1 UNION ALL SELECT id, NULL, name, "
        "source, 0 FROM users WHERE primary_group = ?1 ORDER BY 3"));
    query.bind(group.value);
    std::vector<Holder> all;
    while (TRY(query.step()))
        all.push_back({ObjectId{query.integer(0)}, ObjectId{query.integer(1)}, query.text(2), query.text(3),
                       query.integer(4) != 0});
    return all;
}

}  // namespace userd::store
