// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/output.h"

namespace userd::ctl {

// Tells what of the options that a user was created or changed with is allowed and seldom meant. `record`:
// the user as it is now.
void tell_doubts(Client& client, const Args& args, const Fields& record, Output& out);

}  // namespace userd::ctl
