// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "daemon/homes/report.h"

namespace userd::homes {

// An item for each line of the host's own files that names errand.name: group, gshadow, sudoers, cron.allow,
// at.allow, access.conf, subuid, subgid. `root` is the prefix of /etc.
Result<void> find_names(const std::string& root, const wire::Errand& errand, Report& report);

// Takes the name out of them, under the lock of passwd(5), each file replaced whole, a copy of the old one
// kept in `backups`. An item for each line, a note for each that is left for a person to see to.
Result<void> clean_names(const std::string& root, const wire::Errand& errand, const std::string& backups,
                         Report& report);

}  // namespace userd::homes
