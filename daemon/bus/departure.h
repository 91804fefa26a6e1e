// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "daemon/bus/call.h"
#include "daemon/errands/legacy.h"

namespace userd::bus {

// Delete from its arguments to its answer: asks userd-homes what the user owns, refuses while there is
// something that nothing was said about, stops what runs, settles home and files, and deletes the user last.
// Each step may be done again, so a try that failed half-way is simply made once more.
void delete_user(Core& core, const Call& call, const User& user, Legacy legacy, ChangeOptions options);

// Transfer: stops the user's jobs (unless only some folders are meant), then gives the files away.
void transfer_files(Core& core, const Call& call, const User& user, const User& heir,
                    std::vector<std::string> paths, const ChangeOptions& options);

}  // namespace userd::bus
