// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/bus/core.h"

namespace userd::bus {

// What an account may change of itself without asking anybody: its names, phone and shell, and with
// users.self_email its mail address. A shell is one of /etc/shells, and so is the one it leaves: whoever was
// given a restricted shell keeps it (as chsh(1) has it). `denied` otherwise, with the field.
Result<void> check_self_service(const Core& core, const User& user, const Fields& fields);

// The lines of /etc/shells: shells(5).
std::vector<std::string> parse_shells(std::string_view text);

}  // namespace userd::bus
