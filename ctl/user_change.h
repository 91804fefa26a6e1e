// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "ctl/command.h"

namespace userd::ctl {

// Rows of the users' table that live in files of their own.
Command create_command();
Command update_command();
Command rename_command();

}  // namespace userd::ctl
