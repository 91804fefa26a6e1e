// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

namespace userd::ctl {

// What /etc/passwd, group and shells of this host say (below USERD_ROOT where that is set).

bool has_local_user(std::string_view name);
bool has_local_group(std::string_view name);
std::string local_owner_of_home(std::string_view path);  // a user of /etc/passwd; empty: none
bool is_listed_shell(std::string_view path);             // stands in /etc/shells

}  // namespace userd::ctl
