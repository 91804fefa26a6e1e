// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "daemon/login/rules.h"

namespace userd {

// Whether sshd holds accounts of the kind sftp in their homes. sshd cannot be asked: `userctl ssh setup
// --sftp-group` has, and left a record (common/base/ssh_files.h).

// The group whose members sshd confines; empty: none, or the drop-in is no longer what sshd was given, or one
// of the two files could have been written by others than root. `root` goes before the paths. Reads two small
// files each time.
std::string confined_group(const std::string& root);

// Whether somebody who comes in here is held in their home.
bool confines(const std::string& root, const Entrance& entrance, const Person& person);

}  // namespace userd
