// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "daemon/directory/directory.h"

namespace userd {

// Directory::list_members for a group of many, on a worker: as the store at `path` stands now, on a
// connection of its own.
Result<Page> list_stored_members(const std::string& path, ObjectId group, Time now, bool nested,
                                 std::uint64_t offset, std::uint64_t limit);

}  // namespace userd
