// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "ctl/client.h"
#include "ctl/output.h"

namespace userd::ctl {

// `userctl` alone: one line of state, the ten commands used most, and where the rest is.
Answer<void> overview(Client& client, Output& out);

}  // namespace userd::ctl
