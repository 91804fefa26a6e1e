// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "ctl/problem.h"

namespace userd::ctl {

// A file of the host that is there whole or not at all.

// None: there is none.
Answer<std::optional<std::string>> read_whole_file(const std::string& path);
// On the disk, under its name, when it returns; before that the old one is. The folder is made if need be.
Answer<void> replace_file(const std::string& path, std::string_view text, mode_t mode);
// Also when there is none.
Answer<void> remove_file(const std::string& path);

}  // namespace userd::ctl
