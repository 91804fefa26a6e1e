// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ctl/problem.h"
#include "daemon/config/config.h"

namespace userd::ctl {

class Client;
class Args;
class Output;

std::string config_root();  // USERD_ROOT

// All problems of files, then their number and `ending` ("nothing was changed"); the exit code is theirs.
// With
// --json they are the answer: a list of objects. Without problems: done.
Answer<void> report_problems(const std::vector<ConfigProblem>& problems, std::string_view ending,
                             Output& out);

// `validate [FILE…]`
Answer<void> validate(Client& client, const Args& args, Output& out);

}  // namespace userd::ctl
