// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/runtime/local_time.h"

#include <time.h>

namespace userd {

LocalTime local_time(Time time) {
    const time_t seconds = to_unix(time);
    tm parts{};
    tzset();  // localtime_r alone would keep the zone of the first call
    if (localtime_r(&seconds, &parts) == nullptr) gmtime_r(&seconds, &parts);
    return {static_cast<unsigned>((parts.tm_wday + 6) % 7),
            static_cast<unsigned>(parts.tm_hour * 60 + parts.tm_min)};
}

}  // namespace userd
