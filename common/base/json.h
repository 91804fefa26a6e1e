// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

namespace userd {

// Appends the text as a JSON string, quotes included; bytes that are not UTF-8 become U+FFFD. For records by
// the ten thousand, for which a tree of JSON nodes would be made only to be printed.
void append_json_string(std::string& json, std::string_view text);

}  // namespace userd
