// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "daemon/login/rules.h"
#include "daemon/store/store.h"

namespace userd {

// What a person is told when a session opens, in lines: the login before this one, how many tries failed
// since then, and until when codes must be set up. Nothing at services that are no logins.
Result<std::vector<std::string>> login_news(store::Store& store, const Config& config, const User& user,
                                            const Entrance& entrance, Time now);

}  // namespace userd
