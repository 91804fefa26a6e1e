// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

#include "ctl/command.h"

namespace userd::ctl {

// What to say to a word that the command table does not know: always Exit::usage, with the likely word as a
// hint. Knows useradd's words too: usermod → update, chage → update --expires.
Problem unknown_command(std::string_view word);
Problem unknown_verb(std::string_view noun, std::string_view word);
Problem missing_verb(std::string_view noun);
Problem unknown_option(const Command* command, std::string_view name);
Problem unknown_choice(const Option& option, std::string_view value);
// "unknown field …" with the nearest of the one set of names.
Problem unknown_field(std::string_view name, char object = '\0');

}  // namespace userd::ctl
