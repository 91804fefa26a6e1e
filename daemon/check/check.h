// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "daemon/check/finding.h"
#include "daemon/check/rule.h"
#include "daemon/config/config.h"
#include "daemon/runtime/clock.h"

namespace userd {

struct CheckRequest {
    std::vector<const Rule*> rules;  // empty: all
    std::vector<ObjectId> users;     // empty: everybody, and what belongs to nobody
    std::string root, store_path, snapshot_folder;
    Config config;
    Time now;
};

struct CheckResult {
    std::vector<Finding> findings;  // by rule in the order of the table, then by name
    std::uint64_t total = 0;        // findings, those beyond `most_findings` too
};

inline constexpr std::size_t most_findings = 20'000;  // kept; all are counted

// Looks at the directory with a connection of its own and changes nothing. On a worker: seconds at a hundred
// thousand users.
Result<CheckResult> check(const CheckRequest& request);

}  // namespace userd
