// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <string>

#include "common/base/result.h"

namespace userd::store {

class Database;

// One step of the schema. Migration N takes the store from version N−1 to N; version 0 is an empty file.
struct Migration {
    int version = 0;
    const char* sql = nullptr;
};

// All of this program, ascending, without gaps.
std::span<const Migration> all_migrations();

// Brings the store up to the last migration, each in one transaction. Before the first one a store that holds
// something is copied to "PATH.before-N", N being its version. Refused, and nothing written: another
// program's database, a store newer than this program.
enum class KeepCopy { yes, no };
Result<void> migrate(Database& database, std::span<const Migration> migrations = all_migrations(),
                     KeepCopy keep = KeepCopy::yes);
// For a connection that only reads: the schema must be this program's.
Result<void> check_version(Database& database, std::span<const Migration> migrations = all_migrations());

}  // namespace userd::store
