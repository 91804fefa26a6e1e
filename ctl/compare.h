// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/output.h"

namespace userd::ctl {

// check --compare SOURCE: holds each user and group, or the users that are named, against what another NSS
// source of this host answers, and lists what differs. Exit::differences when anything does.
Answer<void> compare(Client& client, const Args& args, Output& out);

}  // namespace userd::ctl
