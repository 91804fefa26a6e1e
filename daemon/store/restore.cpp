// SPDX-License-Identifier: LGPL-2.1-or-later
// What a restored store takes over from the one whose place it takes: nothing of the directory, but all that
// must never be undone.
#include "daemon/store/audit.h"
#include "daemon/store/audit_row.h"
#include "daemon/store/backup.h"
#include "daemon/store/random_id.h"

namespace userd::store {

namespace {

// More than anybody counts up between two looks: optimistic locks and snapshots notice.
constexpr std::int64_t generation_jump = 1000;

Result<std::int64_t> number(Database& database, const char* sql) {
    auto query = TRY(database.query(sql));
    TRY(query.step());
    return query.integer(0);
}

// Steps of codes: a code that is good now, or was used on a clock that ran ahead, is not good once more.
Result<void> use_up_codes(Database& database, Time now) {
    auto steps = TRY(database.query("UPDATE totp SET last_step = max(last_step, ? / period + 1)"));
    TRY(steps.bind(to_unix(now)).run());
    TRY(
        database.execute("UPDATE totp SET last_step = max(last_step, COALESCE("
                         "(SELECT o.last_step FROM old.totp o WHERE o.user_id = totp.user_id), 0))"));
    TRY(database.execute("DELETE FROM totp_pending"));
    // A recovery code that was used or made void since the backup: it is good only if it still was.
    auto codes = TRY(database.query(
        "UPDATE recovery_codes SET used_at = ? WHERE used_at IS NULL "
        "AND user_id IN (SELECT id FROM old.users) AND NOT EXISTS (SELECT 1 FROM old.recovery_codes o WHERE "
        "o.user_id = recovery_codes.user_id AND o.hash = recovery_codes.hash AND o.used_at IS NULL)"));
    TRY(codes.bind(to_column(now)).run());
    // What was under way then has long ended.
    return database.execute("UPDATE tickets SET open = 0");
}

// Numbers and names that were given out on this host since the backup.
Result<void> keep_retired(Database& database, std::int64_t generation, Time now) {
    auto dead =
        TRY(database.query("INSERT OR IGNORE INTO tombstones SELECT number, kind, name, object_id, "
                           "deleted_at, ?1, source FROM old.tombstones "
                           "WHERE NOT EXISTS (SELECT 1 FROM users WHERE uid = number) "
                           "AND NOT EXISTS (SELECT 1 FROM groups WHERE gid = number)"));
    TRY(dead.bind(generation).run());
    auto users = TRY(database.query(
        "INSERT OR IGNORE INTO tombstones SELECT uid, 'user', name, id, ?1, ?2, source FROM old.users o "
        "WHERE NOT EXISTS (SELECT 1 FROM users u WHERE u.uid = o.uid)"));
    TRY(users.bind(to_column(now)).bind(generation).run());
    auto groups = TRY(database.query(
        "INSERT OR IGNORE INTO tombstones SELECT gid, 'group', name, id, ?1, ?2, source FROM old.groups o "
        "WHERE NOT EXISTS (SELECT 1 FROM groups g WHERE g.gid = o.gid)"));
    TRY(groups.bind(to_column(now)).bind(generation).run());
    return database.execute(
        "INSERT OR IGNORE INTO held_names SELECT name, until, why, owner FROM old.held_names o "
        "WHERE NOT EXISTS (SELECT 1 FROM users u WHERE u.name = o.name) AND NOT EXISTS (SELECT 1 "
        "FROM groups g WHERE g.name = o.name)");
}

Result<void> put_meta(Database& database, std::string_view key, std::int64_t value) {
    auto query = TRY(database.query("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)"));
    return query.bind(key).bind(value).run();
}

Result<void> tell_trail(Database& database, const BackupHeader& header, std::int64_t generation, Time now) {
    auto query = TRY(database.query("SELECT head_seq, head_hash FROM old.audit_chain"));
    TRY(query.step());
    AuditEntry entry;
    entry.time = now;
    entry.actor = "root";
    entry.origin = "restore";
    entry.action = "store.restore";
    entry.subject = "store";
    entry.txn = static_cast<std::uint64_t>(generation);
    entry.detail = fmt::format(R"({{"made_at":{},"generation":{},"replaced_head":{},"replaced_hash":"{}"}})",
                               to_unix(header.made_at), header.generation, query.integer(0),
                               to_hex(read_audit_hash(query, 1)));
    TRY(Audit(database).append(entry));
    return {};
}

}  // namespace

Result<void> settle_restore(const StagedBackup& staged, const std::string& path, Time now) {
    auto database = TRY(Database::open(staged.path, Database::Mode::write));
    {
        auto attach = TRY(database->query("ATTACH ? AS old"));
        TRY(attach.bind(path).run());
    }
    {
        auto transaction = TRY(database->begin());
        const auto generation =
            generation_jump + TRY(number(*database,
                                         "SELECT max((SELECT value FROM main.meta WHERE key = 'generation'), "
                                         "(SELECT value FROM old.meta WHERE key = 'generation'))"));
        TRY(use_up_codes(*database, now));
        TRY(keep_retired(*database, generation, now));
        TRY(put_meta(*database, "generation", generation));
        TRY(put_meta(*database, "store_id", random_id()));
        TRY(put_meta(*database, "opened", 1));
        TRY(put_meta(*database, "last_backup", to_unix(staged.header.made_at)));
        TRY(tell_trail(*database, staged.header, generation, now));
        TRY(transaction.commit());
    }
    TRY(database->execute("DETACH old"));
    return database->execute("PRAGMA wal_checkpoint(TRUNCATE)");
}

}  // namespace userd::store
