// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

#include "ctl/command.h"

namespace userd::ctl {

std::string help_overview();                   // every command, one a line
std::string help_noun(std::string_view noun);  // the commands of one noun
std::string help_command(const Command& command);
std::string help_fields();   // the one set of names
std::string man_commands();  // the COMMANDS and OPTIONS sections of userctl(1), in scdoc's form
std::string option_title(const Option& option);  // "-e, --email ADDRESS"

}  // namespace userd::ctl
