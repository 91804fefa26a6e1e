// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/stat.h>

#include "daemon/homes/place.h"
#include "daemon/homes/report.h"

namespace userd::homes {

// An existing home: the folder that holds what is the user's. Of an sftp home that is files/ below a top
// folder of root's in which nothing else lies; else it is the place itself.
struct HomeTop {
    Place place;
    Fd top;  // O_PATH
};
Result<HomeTop> open_home(const Limits& limits, std::string_view path, std::uint32_t uid, bool sftp);

}  // namespace userd::homes
