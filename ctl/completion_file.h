// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

#include "ctl/command.h"

namespace userd::ctl {

// Where a shell looks for the completion of userctl: for everybody when root asks, else for one person, by
// the environment.
std::string completion_path(std::string_view shell, bool for_everybody);

// The row of `completion [SHELL] [--install]`.
Command completion_command();

}  // namespace userd::ctl
