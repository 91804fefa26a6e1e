// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "daemon/homes/report.h"

namespace userd::homes {

// Sets the limits of user-UID.slice until the host goes down: at once when it is there, else when it comes.
// What is 0 is no more limited by us: at once when the slice is not there, else when it has gone. Without
// systemd there is no slice, and nothing to do. The uid has been checked by the caller.
Result<void> limit_slice(const wire::Errand& errand, Report& report);

}  // namespace userd::homes
