// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

namespace userd::ctl {

// Whether a text in the form of sshd_config(5) sets the keyword, anywhere, to something else than `wanted`.
// Any text at all can be read.
bool has_other_value(std::string_view text, std::string_view keyword, std::string_view wanted);

// Keywords as sshd -T writes them.
std::string lower_keyword(std::string_view keyword);

}  // namespace userd::ctl
