// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/store/migrations.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "common/base/fd.h"
#include "daemon/store/database.h"

// The version stands in the database's header (user_version), so it changes in the migration's own
// transaction, and application_id says whose file this is.
namespace userd::store {

namespace {

constexpr std::int64_t application_id = 0x75737264;  // "usrd"

const char* const schema =
#include "schema.sql.inc"
    ;
const char* const nested_groups =
#include "nested_groups.sql.inc"
    ;
const char* const audit =
#include "audit.sql.inc"
    ;
const char* const held_names =
#include "held_names.sql.inc"
    ;
const char* const roles =
#include "roles.sql.inc"
    ;
const char* const adoptions =
#include "adoptions.sql.inc"
    ;
const char* const members_removed =
#include "members_removed.sql.inc"
    ;
const char* const expiries =
#include "expiries.sql.inc"
    ;
const char* const tickets_locked =
#include "tickets_locked.sql.inc"
    ;
const char* const offline_passwords =
#include "offline_passwords.sql.inc"
    ;
const char* const remote =
#include "remote.sql.inc"
    ;
const char* const remote_refreshes =
#include "remote_refreshes.sql.inc"
    ;
const char* const expires_there =
#include "expires_there.sql.inc"
    ;
const char* const remote_totp =
#include "remote_totp.sql.inc"
    ;
const char* const mfa_words =
#include "mfa_words.sql.inc"
    ;
const char* const remote_frames =
#include "remote_frames.sql.inc"
    ;
const Migration migrations_of_this_program[] = {
    {1, schema},         {2, nested_groups},      {3, audit},           {4, held_names},
    {5, roles},          {6, adoptions},          {7, members_removed}, {8, expiries},
    {9, tickets_locked}, {10, offline_passwords}, {11, remote},         {12, remote_refreshes},
    {13, expires_there}, {14, remote_totp},       {15, mfa_words},      {16, remote_frames}};

Result<std::int64_t> header_number(Database& database, const char* pragma) {
    auto query = TRY(database.query(pragma));
    TRY(query.step());
    return query.integer(0);
}

Result<int> version_of(Database& database, int newest) {
    const auto version = TRY(header_number(database, "PRAGMA user_version"));
    const auto owner = TRY(header_number(database, "PRAGMA application_id"));
    const auto tables = TRY(header_number(database, "SELECT count(*) FROM sqlite_schema"));
    if (owner != application_id && (version != 0 || tables != 0))
        return fail(Error{Errc::io, fmt::format("{} is a database of another program", database.path()),
                          "move it away, then restore a backup of the store", ""});
    if (version > newest)
        return fail(
            Error{Errc::not_supported,
                  fmt::format("the store {} has schema {}, this program knows up to {}: it was written by a "
                              "newer userd",
                              database.path(), version, newest),
                  "install the newer userd again; nothing was changed", ""});
    return static_cast<int>(version);
}

Result<void> sync_file(const std::string& path) {
    const Fd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    if (!fd || ::fsync(fd.get()) != 0) return fail(Errc::io, "sync {}: {}", path, std::strerror(errno));
    return {};
}

// A whole, compact copy, renamed into place when it is on the disk: a half one never bears the name.
Result<void> keep_copy(Database& database, int version) {
    const auto name = fmt::format("{}.before-{}", database.path(), version + 1);
    const auto temporary = name + ".new";
    ::unlink(temporary.c_str());
    // SQLite writes into an empty file that is there: so the copy is nobody else's from its first byte on.
    const Fd made(::open(temporary.c_str(), O_CREAT | O_EXCL | O_CLOEXEC | O_WRONLY, 0600));
    if (!made) return fail(Errc::io, "make {}: {}", temporary, std::strerror(errno));
    auto query = TRY(database.query("VACUUM INTO ?"));
    TRY(query.bind(temporary).run());
    TRY(sync_file(temporary));
    if (::rename(temporary.c_str(), name.c_str()) != 0)
        return fail(Errc::io, "rename {} to {}: {}", temporary, name, std::strerror(errno));
    return {};
}

Result<void> apply(Database& database, const Migration& migration) {
    auto transaction = TRY(database.begin());
    TRY(database.execute(migration.sql));
    const auto mark =
        fmt::format("PRAGMA application_id={}; PRAGMA user_version={}", application_id, migration.version);
    TRY(database.execute(mark.c_str()));
    return transaction.commit();
}

}  // namespace

std::span<const Migration> all_migrations() {
    return migrations_of_this_program;
}

Result<void> migrate(Database& database, std::span<const Migration> migrations, KeepCopy keep) {
    const int newest = migrations.back().version;
    const int version = TRY(version_of(database, newest));
    if (version == newest) return {};
    if (version > 0 && keep == KeepCopy::yes && database.path() != ":memory:")
        TRY(keep_copy(database, version));
    for (const auto& migration : migrations)
        if (migration.version > version) TRY(apply(database, migration));
    return {};
}

Result<void> check_version(Database& database, std::span<const Migration> migrations) {
    const int newest = migrations.back().version;
    const int version = TRY(version_of(database, newest));
    if (version < newest)
        return fail(Errc::unavailable,
                    "the store {} has schema {} and cannot be brought to {}: it is read-only",
                    database.path(), version, newest);
    return {};
}

}  // namespace userd::store
