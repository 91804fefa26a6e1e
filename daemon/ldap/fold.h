// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

namespace userd {

// Appends a text in lower case, as servers compare values of caseIgnoreMatch: ASCII, Latin, Greek and
// Cyrillic letters; what is no UTF-8 stays as it is.
void append_folded(std::string_view text, std::string& to);

}  // namespace userd
