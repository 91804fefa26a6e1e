// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>

#include "ctl/client.h"
#include "ctl/command.h"

namespace userd::ctl {

// Rows of the users' table that live in files of their own.
Command create_command();
Command update_command();
Command edit_command();
Command rename_command();

// --group names both kinds of groups; the fields keep them apart. What the directory does not know and
// /etc/group does is a local group.
Answer<void> part_local_groups(Client& client, Fields& fields);

// Reads the user anew into `found`, and sends what `make` makes of the record: only if the directory has not
// changed meanwhile, else all over again, five times. No fields: nothing to do.
Answer<Change> update_unmoved(Client& client, Found& found,
                              const std::function<Answer<Fields>(const Fields& record)>& make);

}  // namespace userd::ctl
