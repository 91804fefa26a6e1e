// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ctl/problem.h"

namespace userd::ctl {

// The public keys in a file of ssh-keygen's or authorized_keys' form ("-": standard input), one a line,
// comments left out. Refused: a file without a key, and a private key, before anything is sent.
Answer<std::vector<std::string>> read_key_file(const std::string& place);
Answer<std::vector<std::string>> parse_keys(std::string_view text, std::string_view place);

}  // namespace userd::ctl
