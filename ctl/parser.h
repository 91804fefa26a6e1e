// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ctl/command.h"

namespace userd::ctl {

// Reads a command line (without the program's name) by the command table. Options may stand anywhere before
// "--"; long ones take `_` for `-`; `help` and `version` are options like others and lift the count of
// arguments. `command` stays null when no command was named. Refused with Exit::usage and, where one is near,
// "did you mean".
Answer<Args> parse(std::span<const std::string> words);

}  // namespace userd::ctl
