// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace userd {

// A field's value as faces hand it in and show it: null (clears or "never"), a flag, a number, a text, a list
// of texts, a table of texts. Times are numbers of seconds since 1970 UTC; ids are numbers.
using Value = std::variant<std::monostate, bool, std::int64_t, std::string, std::vector<std::string>,
                           std::map<std::string, std::string>>;

// Fields by the one set of names that JSON, YAML, CSV and D-Bus share (docs/reference/fields.md): name, uid,
// display_name, … A field that is absent is not touched, or not shown.
using Fields = std::map<std::string, Value, std::less<>>;

}  // namespace userd
