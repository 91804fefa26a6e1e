// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

#include "common/base/secret.h"
#include "ctl/problem.h"

namespace userd::ctl {

// The person in front of us: /dev/tty, or standard input and error where there is no controlling terminal.
// All questions need standard input to be a terminal; who asks must have checked may_ask(). An interrupt
// while the echo is off restores it first and is Exit::interrupted; end of input is Exit::cancelled.

// Is standard input a terminal, and --no-input not given?
bool may_ask();
void never_ask();  // --no-input

Answer<Secret> ask_hidden(std::string_view prompt);
Answer<Secret> ask_visible(std::string_view prompt);
// y/N; true only for y or yes.
Answer<bool> confirm(std::string_view question);

unsigned terminal_rows(int fd);     // 24 when unknown
unsigned terminal_columns(int fd);  // 80 when unknown

}  // namespace userd::ctl
