// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace userd {

// The bytes behind an escaped text (text.h); nothing when a backslash begins neither \\ nor \xNN.
std::optional<std::string> unescaped(std::string_view text);

}  // namespace userd
