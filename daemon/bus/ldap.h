// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "daemon/model/value.h"

namespace userd::bus {

// What is wrong with directory servers, for Status: rows of Mirror::status in one line; empty when each is
// followed, up to date, and no removals wait.
std::string ldap_problem(const std::vector<Fields>& sources);

}  // namespace userd::bus
