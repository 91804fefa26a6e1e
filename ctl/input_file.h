// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <string>

#include "common/base/fd.h"
#include "ctl/problem.h"

namespace userd::ctl {

// A file that the command line names, open for reading. A pipe, such as a shell's <(…), is read to its end; a
// FIFO that nobody writes into is waited for, and standard error says so.
Answer<Fd> open_input(const std::string& path);

// The whole of it, of at most `most` bytes (a multiple of 1 MiB); "-": standard input.
Answer<std::string> read_input(const std::string& place, std::size_t most);
// "-" as people know it.
std::string input_name(const std::string& place);

}  // namespace userd::ctl
