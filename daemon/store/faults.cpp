// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/store/faults.h"

#include <fmt/core.h>
#include <sodium.h>

#include <algorithm>

#include "daemon/store/columns.h"
#include "daemon/store/database.h"

namespace userd::store {

namespace {

// The tables whose rows belong to an account, and what one row of each is.
struct Owned {
    const char* table;
    const char* what;
};
constexpr Owned owned_by_users[] = {
    {"passwords", "password"},
    {"password_history", "former password"},
    {"offline_passwords", "verifier of a directory's password"},
    {"totp", "one-time code key"},
    {"totp_pending", "unfinished enrolment"},
    {"recovery_codes", "recovery code"},
    {"ssh_keys", "SSH key"},
    {"tickets", "counter of tries"},
    {"known_sources", "known source"},
    {"user_tags", "tag"},
};

constexpr const char* ownerless = "user_id IS NOT NULL AND user_id NOT IN (SELECT id FROM users)";
constexpr const char* groupless = "group_id NOT IN (SELECT id FROM groups)";
constexpr const char* roleless = "role_id NOT IN (SELECT id FROM roles)";

constexpr unsigned sealing_bytes =
    crypto_aead_xchacha20poly1305_ietf_NPUBBYTES + crypto_aead_xchacha20poly1305_ietf_ABYTES;

Result<void> add_remains(Database& database, const std::string& sql, const char* what,
                         std::vector<Faults::Remains>& all) {
    auto query = TRY(database.prepare(sql));
    while (TRY(query.step()))
        if (query.integer(0) > 0) all.push_back({what, query.integer(0), query.text(1)});
    return {};
}

Result<std::int64_t> remove(Database& database, const std::string& table, const std::string& condition) {
    auto query = TRY(database.prepare(fmt::format("DELETE FROM {} WHERE {}", table, condition)));
    TRY(query.run());
    return database.changes();
}

Result<std::vector<Faults::Shared>> read_shared(Result<Query> prepared) {
    auto query = TRY(std::move(prepared));
    std::vector<Faults::Shared> all;
    while (TRY(query.step()))
        all.push_back(
            {query.text(0), query.text(1), static_cast<std::uint32_t>(query.integer(2)), query.text(3)});
    return all;
}

}  // namespace

Result<std::vector<Faults::Remains>> Faults::memberships_of_nobody() {
    std::vector<Remains> all;
    TRY(add_remains(database_,
                    fmt::format("SELECT COUNT(*), COALESCE(g.name, '') FROM members m LEFT JOIN groups g ON "
                                "g.id = m.group_id WHERE (m.{}) OR m.{} GROUP BY g.name",
                                ownerless, groupless),
                    "membership", all));
    TRY(add_remains(database_,
                    fmt::format("SELECT COUNT(*), name FROM local_members WHERE {} GROUP BY name", ownerless),
                    "membership", all));
    TRY(add_remains(
        database_,
        fmt::format("SELECT COUNT(*), '' FROM group_administrators WHERE ({}) OR {}", ownerless, groupless),
        "right to administer", all));
    TRY(add_remains(database_,
                    fmt::format("SELECT COUNT(*), '' FROM user_roles WHERE ({}) OR {}", ownerless, roleless),
                    "role", all));
    return all;
}

Result<std::vector<Faults::Remains>> Faults::credentials_of_nobody() {
    std::vector<Remains> all;
    for (const auto& [table, what] : owned_by_users)
        TRY(add_remains(database_, fmt::format("SELECT COUNT(*), '' FROM {} WHERE {}", table, ownerless),
                        what, all));
    return all;
}

Result<std::int64_t> Faults::remove_memberships_of_nobody() {
    std::int64_t rows = 0;
    const auto both = fmt::format("({}) OR {}", ownerless, groupless);
    rows += TRY(remove(database_, "members", both));
    rows += TRY(remove(database_, "local_members", ownerless));
    rows += TRY(remove(database_, "group_administrators", both));
    rows += TRY(remove(database_, "user_roles", fmt::format("({}) OR {}", ownerless, roleless)));
    return rows;
}

Result<std::int64_t> Faults::remove_credentials_of_nobody() {
    std::int64_t rows = 0;
    for (const auto& [table, what] : owned_by_users) rows += TRY(remove(database_, table, ownerless));
    return rows;
}

Result<std::vector<Faults::DeadName>> Faults::dead_names_of_roles() {
    auto query = TRY(database_.query(
        "SELECT r.name, d.use FROM (SELECT role_id, use FROM role_groups WHERE group_id IS NOT "
        "NULL AND group_id NOT IN (SELECT id FROM groups) UNION ALL SELECT role_id, 'excluded' "
        "FROM role_excluded WHERE excluded_id NOT IN (SELECT id FROM roles)) d JOIN roles r ON "
        "r.id = d.role_id ORDER BY r.name, d.use"));
    std::vector<DeadName> all;
    while (TRY(query.step())) all.push_back({query.text(0), query.text(1)});
    return all;
}

Result<std::int64_t> Faults::remove_dead_names(ObjectId role) {
    const auto of_role = fmt::format("role_id = {} AND ", role.value);
    const auto groups = TRY(remove(database_, "role_groups", of_role + groupless));
    return groups +
           TRY(remove(database_, "role_excluded", of_role + "excluded_id NOT IN (SELECT id FROM roles)"));
}

Result<std::vector<Faults::Nesting>> Faults::nestings() {
    auto query = TRY(database_.query(
        "SELECT g.name, COALESCE(s.name, ''), m.group_id, m.subgroup_id FROM members m JOIN groups g ON g.id "
        "= m.group_id LEFT JOIN groups s ON s.id = m.subgroup_id WHERE m.subgroup_id IS NOT NULL AND "
        "m.removed = 0 ORDER BY g.name, s.name"));
    std::vector<Nesting> all;
    while (TRY(query.step()))
        all.push_back({query.text(0), query.text(1), ObjectId{query.integer(2)}, ObjectId{query.integer(3)}});
    return all;
}

Result<std::vector<Faults::Shared>> Faults::shared_numbers() {
    return read_shared(
        // A directory server's users and groups need not share one space of numbers; only with each other.
        database_.query("SELECT u.name, g.name, u.uid, 'the group ' || g.name FROM users u JOIN groups g ON "
                        "g.gid = u.uid WHERE u.source = 'local' OR u.source <> g.source UNION ALL "
                        "SELECT u.name, '', u.uid, 'the deleted ' || t.kind || ' ' "
                        "|| t.name FROM users u JOIN tombstones t ON t.number = u.uid WHERE t.object_id <> "
                        "u.id AND (u.source = 'local' OR u.source <> t.source) UNION ALL "
                        "SELECT '', g.name, g.gid, 'the deleted ' || t.kind || ' ' || t.name "
                        "FROM groups g JOIN tombstones t ON t.number = g.gid WHERE t.object_id <> g.id "
                        "AND (g.source = 'local' OR g.source <> t.source) ORDER BY 3"));
}

Result<std::vector<Faults::Shared>> Faults::shared_names() {
    return read_shared(database_.query(
        "SELECT u.name, g.name, u.uid, 'the group ' || g.name || ' (gid ' || g.gid || ')' FROM users u JOIN "
        "groups g ON g.name = u.name WHERE u.source = 'local' OR u.source <> g.source ORDER BY u.name"));
}

Result<std::vector<Faults::LocalGroup>> Faults::local_groups() {
    auto query = TRY(
        database_.query("SELECT name, gid, COUNT(*) FROM local_members GROUP BY name, gid ORDER BY name"));
    std::vector<LocalGroup> all;
    while (TRY(query.step()))
        all.push_back({query.text(0), static_cast<std::uint32_t>(query.integer(1)), query.integer(2)});
    return all;
}

Result<std::int64_t> Faults::numbers_between(std::string_view source, std::uint64_t first,
                                             std::uint64_t last) {
    auto query = TRY(
        database_.query("SELECT (SELECT COUNT(*) FROM users WHERE uid BETWEEN ?1 AND ?2 AND source = ?3) + "
                        "(SELECT COUNT(*) FROM groups WHERE gid BETWEEN ?1 AND ?2 AND source = ?3)"));
    query.bind(static_cast<std::int64_t>(first)).bind(static_cast<std::int64_t>(last)).bind(source);
    TRY(query.step());
    return query.integer(0);
}

Result<std::vector<std::string>> Faults::former_names() {
    auto query = TRY(database_.query(
        "SELECT name FROM tombstones UNION SELECT name FROM held_names EXCEPT SELECT name FROM users EXCEPT "
        "SELECT name FROM groups"));
    std::vector<std::string> names;
    while (TRY(query.step())) names.push_back(query.text(0));
    return names;
}

Result<std::vector<Faults::SealedSize>> Faults::totp_keys_below(unsigned bits) {
    auto query = TRY(database_.query(
        "SELECT u.id, u.name, u.uid, (LENGTH(t.sealed) - ?1) * 8 FROM totp t JOIN users u ON u.id = "
        "t.user_id WHERE (LENGTH(t.sealed) - ?1) * 8 < ?2 ORDER BY u.name"));
    query.bind(std::int64_t{sealing_bytes}).bind(std::int64_t{bits});
    std::vector<SealedSize> all;
    while (TRY(query.step()))
        all.push_back({ObjectId{query.integer(0)}, query.text(1),
                       static_cast<std::uint32_t>(query.integer(2)),
                       static_cast<unsigned>(std::max<std::int64_t>(query.integer(3), 0))});
    return all;
}

Result<std::vector<Faults::CodeUsed>> Faults::codes_used_after(Time when) {
    auto query = TRY(database_.query(
        "SELECT u.id, u.name, u.uid, (t.last_step + 1) * t.period FROM totp t JOIN users u ON u.id = "
        "t.user_id WHERE t.last_step * t.period > ? ORDER BY u.name"));
    query.bind(to_unix(when));
    std::vector<CodeUsed> all;
    while (TRY(query.step()))
        all.push_back({ObjectId{query.integer(0)}, query.text(1),
                       static_cast<std::uint32_t>(query.integer(2)), query.integer(3)});
    return all;
}

Result<std::vector<Faults::KeyOver>> Faults::ssh_keys_over(Time now) {
    auto query = TRY(database_.query(
        "SELECT u.id, u.name, u.uid, k.fingerprint, k.comment, k.expires FROM ssh_keys k JOIN users u ON "
        "u.id = k.user_id WHERE k.expires <= ? ORDER BY u.name, k.fingerprint"));
    query.bind(to_column(now));
    std::vector<KeyOver> all;
    while (TRY(query.step()))
        all.push_back({ObjectId{query.integer(0)}, query.text(1),
                       static_cast<std::uint32_t>(query.integer(2)), query.text(3), query.text(4),
                       to_time(query.integer(5))});
    return all;
}

}  // namespace userd::store
