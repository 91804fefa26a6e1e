// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "ctl/client.h"

namespace userd::ctl {

// "Did you mean …?" for a user or a group that is not there, when a name of the directory is near. Asks the
// daemon, so only when a refusal is about to be told.
void add_advice(Client& client, Problem& problem);

}  // namespace userd::ctl
