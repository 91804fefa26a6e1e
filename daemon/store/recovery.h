// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "daemon/runtime/clock.h"

namespace userd::store {

struct Recovered {
    struct Table {
        std::string name;
        std::uint64_t rows = 0;     // copied
        std::uint64_t orphans = 0;  // left out: what they belong to is lost
        bool is_whole = false;      // nothing on the way could not be read
    };
    std::string path;  // of the new store
    std::vector<Table> tables;
};

// Copies what can be read of the damaged store at `path` into a new one, `path`.recovered, which must not be
// there (exists). Changes nothing of the old. Used codes stay used, as after a restore.
Result<Recovered> recover(const std::string& path, Time now);

}  // namespace userd::store
