// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "common/base/fd.h"
#include "ctl/problem.h"

namespace userd::ctl {

// A file of the host that is there whole or not at all.

// None: there is none.
Answer<std::optional<std::string>> read_whole_file(const std::string& path);
// On the disk, under its name, when it returns; before that the old one is. The folder is made if need be.
Answer<void> replace_file(const std::string& path, std::string_view text, mode_t mode);
// A new one, for its maker alone, to be written to; what is there stays.
Answer<Fd> make_private_file(const std::string& path);
// False: errno says why.
bool write_all(int fd, std::string_view text);
// Also when there is none.
Answer<void> remove_file(const std::string& path);

}  // namespace userd::ctl
