// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"

// Texts that end up in passwd(5) lines, on terminals and in lists. `field` names them in errors.
namespace userd {

// A person's name or the like: UTF-8, at most 255 bytes, trimmed, without control characters, ':' and ','
// (both end a GECOS field).
Result<std::string> parse_gecos(std::string_view text, std::string_view field);
// A line of free text: UTF-8, at most 1,024 bytes, trimmed, without control characters.
Result<std::string> parse_line(std::string_view text, std::string_view field);
// An absolute path for passwd(5): at most 255 bytes, no ':' or control characters, no component "." or "..".
Result<std::string> parse_path(std::string_view text, std::string_view field);
// A tag or a class: [A-Za-z0-9_][A-Za-z0-9_.:@/-]{0,63}.
Result<std::string> parse_word_like(std::string_view text, std::string_view field);

}  // namespace userd
