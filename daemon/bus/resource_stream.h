// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "daemon/bus/call.h"
#include "daemon/bus/pipe.h"
#include "daemon/errands/errands.h"

namespace userd::bus {

// Writes what a user owns to a caller's pipe as userd-homes finds it, one JSON object a line: {"kind","path",
// "what","bytes"}; the last line is {"summary":{…}} or {"error":{"name","message"}}. The pipe sets the
// pace. A caller who closes it, or takes nothing for `patience`, ends the search. At most two at a time for
// one uid (busy). `groups` are known already.
Result<void> stream_resources(Core& core, std::uint32_t caller, Fd pipe, const ErrandRequest& request,
                              const std::vector<ErrandItem>& groups, Duration patience = pipe_patience);

}  // namespace userd::bus
