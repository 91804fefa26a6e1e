// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "daemon/check/finding.h"
#include "daemon/directory/directory.h"
#include "daemon/login/credentials.h"

namespace userd {

// What repair acts with, on the main thread.
struct Mending {
    Directory& directory;
    Credentials& credentials;
    std::function<Result<void>()> rebuild_snapshot;
    const Actor& actor;
    const ChangeOptions& options;
};

// What became of a finding.
struct Deed {
    bool mended = false;  // in a dry run: would be
    std::string why;      // it was left, or could not be mended
};

// Mends what rules can mend, by ordinary changes of the directory in one transaction, each with its audit
// record; the rest is left, with what to do. Each finding is looked at afresh: it may be gone by now. One
// deed a finding, in their order.
Result<std::vector<Deed>> repair(const Mending& tools, const std::vector<Finding>& findings);

}  // namespace userd
