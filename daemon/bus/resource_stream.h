// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "daemon/bus/call.h"
#include "daemon/errands/errands.h"

namespace userd::bus {

// Writes what a user owns to a caller's pipe as userd-homes finds it, one JSON object a line: {"kind","path",
// "what","bytes"}; the last line is {"summary":{…}} or {"error":{"name","message"}}. The pipe sets the
// pace. A caller who closes it ends the search. `first` are lines that are known already.
Result<void> stream_resources(Core& core, Fd pipe, const ErrandRequest& request,
                              std::vector<ErrandItem> groups);

}  // namespace userd::bus
