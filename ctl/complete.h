// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/client.h"

namespace userd::ctl {

// What may stand for the last of `words` (a command line without the program, the last word perhaps empty):
// commands, options, choices from the table; names of users and groups from the daemon, at most 100, and none
// when it does not answer within the client's time. "FILE" stands alone where the shell should offer file
// names.
std::vector<std::string> candidates(Client& client, std::span<const std::string> words);

// The script for "bash", "zsh" or "fish"; empty for others. All three only ask `userctl __complete`.
std::string_view completion_script(std::string_view shell);

}  // namespace userd::ctl
