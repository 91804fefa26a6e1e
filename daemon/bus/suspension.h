// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "daemon/bus/call.h"

namespace userd::bus {

// The end of a call whose change is on the disk already: asks for what the host has to do for it, and answers
// when that is done, or was not, which the record's `warning` tells; it undoes nothing.
Result<void> finish_suspension(Core& core, const Call& call, const User& user, Outcome outcome,
                               const ChangeOptions& options);
Result<void> finish_resumption(Core& core, const Call& call, const User& user, Outcome outcome,
                               const ChangeOptions& options);

}  // namespace userd::bus
