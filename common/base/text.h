// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace userd {

// Valid UTF-8 (RFC 3629: no surrogates, no overlong forms, at most U+10FFFF).
bool is_utf8(std::string_view text);

// For logs and terminals: control characters and bytes that are not UTF-8 as \xNN, a backslash as \\.
std::string escaped(std::string_view text);
// The same for text whose parts were escaped before, such as a message of the daemon: a backslash stays one.
std::string without_controls(std::string_view text);

// Decimal, without sign, spaces or a leading + ; the whole text, within 64 bits.
std::optional<std::uint64_t> parse_number(std::string_view text);

std::vector<std::string_view> split(std::string_view text, char separator);
std::string_view trimmed(std::string_view text);  // without leading and trailing spaces and tabs

// The nearest of `words` within an edit distance that a slip of the finger explains; empty when none is near.
std::string_view nearest_word(std::string_view typed, const std::vector<std::string_view>& words);

}  // namespace userd
