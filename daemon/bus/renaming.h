// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "daemon/bus/call.h"

namespace userd::bus {

struct RenameWishes {
    bool move_home = false;  // /home/OLD becomes /home/NEW, on the disk and in the record
    bool clean = false;      // the old name goes out of the host's files
    bool leave = false;      // nobody looks for it there
};

// Rename from its arguments to its answer: refused while the host's own files name the user and nothing was
// said about it; the home is moved before the name changes, and back when that fails.
void rename_user(Core& core, const Call& call, const User& user, std::string name, RenameWishes wishes,
                 ChangeOptions options);

}  // namespace userd::bus
