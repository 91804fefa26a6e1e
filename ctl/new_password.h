// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string_view>

#include "ctl/client.h"
#include "ctl/command.h"

namespace userd::ctl {

// The new password as --generate, --password-file or --hash-file say, else asked for; `instead` names what to
// use where nobody can be asked. At most one of the options may be given.
Answer<Secrets> new_password(const Args& args, std::string_view prompt, std::string_view instead);

}  // namespace userd::ctl
