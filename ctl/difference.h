// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <set>
#include <string>
#include <vector>

#include "daemon/model/value.h"

namespace userd::ctl {

// What has changed between two records of an object, one text a field, for people:
// "groups: +ops -web", "shell: /bin/sh → /bin/bash", "metadata.floor: 3 → -". Only the fields in `names`.
std::vector<std::string> differences(const Fields& before, const Fields& after,
                                     const std::set<std::string>& names);

// "  ~ alice   groups: +ops -web     shell: /bin/sh → /bin/bash"
std::string difference_line(char mark, const std::string& name, const std::vector<std::string>& differences);

}  // namespace userd::ctl
