// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "daemon/bus/call.h"
#include "daemon/errands/legacy.h"

namespace userd::bus {

// Delete from its arguments to its answer: asks userd-homes what the user owns, refuses while there is
// something that nothing was said about, stops what runs, settles home and files, and deletes the user last.
// Each step may be done again, so a try that failed half-way is simply made once more.
void delete_user(Core& core, const Call& call, const User& user, Legacy legacy, ChangeOptions options);

// The same up to the deletion, which is left to the caller: what runs for the user is stopped, the files go
// to the heir; without one the home stays, and who owns more is refused. `done` is told what was done, once.
using Settled = std::function<void(Result<std::string>)>;
void settle_departure(Core& core, const Call& call, const User& user, std::optional<User> heir, Settled done);

// Transfer: stops the user's jobs (unless only some folders are meant), then gives the files away.
void transfer_files(Core& core, const Call& call, const User& user, const User& heir,
                    std::vector<std::string> paths, const ChangeOptions& options);

}  // namespace userd::bus
