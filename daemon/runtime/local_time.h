// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "daemon/runtime/clock.h"

namespace userd {

// What the clock on the wall says, in the time zone of the host.
struct LocalTime {
    unsigned day = 0;     // of the week: Monday is 0
    unsigned minute = 0;  // of the day
};

// By /etc/localtime as it is now: a zone that was changed counts at once. Main thread only (tzset(3)).
LocalTime local_time(Time time);

}  // namespace userd
