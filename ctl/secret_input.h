// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string_view>

#include "common/base/secret.h"
#include "ctl/problem.h"

namespace userd::ctl {

// Where secrets come from: never the command line, never the environment.

// PATH, "-" (standard input) or "fd:N", to its end, at most 4 KiB, without the one line end at the end. A
// file that others than its owner can read is refused. `what` is the option, for messages.
Answer<Secret> read_secret_file(std::string_view place, std::string_view what);

// A new password, typed twice. Without a person to ask: Exit::usage, naming `instead`.
Answer<Secret> ask_new_password(std::string_view prompt, std::string_view instead);
// A secret that exists: typed once, without echo. `what` it is, for messages.
Answer<Secret> ask_password(std::string_view prompt, std::string_view instead,
                            std::string_view what = "the password");
// A one-time code: from the terminal, visible (it is worth nothing after this use), else the next line of
// standard input. Exit::cancelled at the end of input.
Answer<Secret> ask_code(std::string_view prompt);

}  // namespace userd::ctl
