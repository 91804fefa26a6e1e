// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/fd.h"
#include "common/base/result.h"
#include "daemon/homes/homes_yaml.h"

struct stat;

// How userd-homes gets at files: never by a whole path that somebody else could bend, always from a folder
// that is held open, one name at a time, without following a link and without crossing into another mount.
namespace userd::homes {

// openat2(2) with BENEATH, NO_SYMLINKS, NO_MAGICLINKS and NO_XDEV; errno tells why not.
Fd open_beneath(int folder, const char* name, int flags);
// What `name` is, itself if it is a link: an O_PATH descriptor.
Fd open_handle(int folder, const char* name);

// An absolute path on which each folder is root's; with `closed`, nobody else may write in any of them. Only
// links are not followed: a configured folder may be a mount.
Result<Fd> open_trusted(const std::string& path, bool closed);
// Such a closed folder that everybody may list, and enter on the whole way.
Result<Fd> open_public(const std::string& path);
// Whether a folder is there, without a link on the way, that anybody could find. Nothing else is told of
// what only root can see.
bool everybody_sees_folder(const std::string& path);

// Calls `each` with the names in a folder that is held open; one that is not there has none.
Result<void> for_each_name(const Fd& folder, const std::function<Result<void>(const std::string&)>& each);

// One name below a configured root.
struct Place {
    Fd root;
    std::string name;  // of one component, neither . nor .. nor hidden
    std::string path;  // for people
};
Result<Place> open_place(const Limits& limits, std::string_view path);

}  // namespace userd::homes
