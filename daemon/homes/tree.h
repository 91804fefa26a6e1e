// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>

#include "common/base/fd.h"
#include "common/base/result.h"

namespace userd::homes {

// One thing in a tree, held by an O_PATH descriptor: whatever happens to its name meanwhile, this is what was
// looked at.
struct Entry {
    int folder = -1;               // that holds it
    const struct stat* of_folder;  // of that folder
    std::string name;
    Fd handle;
    struct stat status {};
    const std::string& path;  // for people; bytes

    bool is_folder() const { return S_ISDIR(status.st_mode); }
};

class Visitor {
 public:
    virtual ~Visitor() = default;
    // Before what lies in it. For a folder: whether to go in.
    virtual Result<bool> enter(const Entry& entry) = 0;
    virtual Result<void> leave(const Entry&) { return {}; }  // a folder that was gone into
    // Where the walk did not go in: another mount, too deep, gone, unreadable.
    virtual Result<void> skip(const std::string& path, std::string_view why) = 0;
};

// Visits `name` in `folder` and all below it, without following a link and without leaving its mount.
// Names are bytes. Stops at the visitor's first error.
Result<void> walk(int folder, const std::string& name, std::string path, Visitor& visitor);

// /proc/self/fd/N: for the calls that take no O_PATH descriptor. Never for a link.
std::string by_descriptor(const Fd& fd);

}  // namespace userd::homes
