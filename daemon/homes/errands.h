// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "daemon/homes/homes_yaml.h"
#include "daemon/homes/report.h"

namespace userd::homes {

// Carries out one errand after checking it against the limits and the host's own accounts, as if the peer
// were an enemy. `root` is the prefix of /etc and /var/lib/userd-homes. A value is the path of an archive, or
// empty.
Result<std::string> run_errand(const std::string& root, const wire::Errand& errand, Report& report);

// "remove the home /home/alice of uid 70001": for the journal.
std::string describe(const wire::Errand& errand);

}  // namespace userd::homes
