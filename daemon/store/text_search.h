// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"

struct sqlite3;

// Looking for a text in others, without regard to the case of ASCII letters.
namespace userd::store {

std::string folded(std::string_view text);
bool holds(std::string_view text, std::string_view folded_needle);

// Makes `holds(NEEDLE, TEXT…)` known to a connection: whether one of the texts holds the folded needle. LIKE
// costs three times as much for each of the texts of a row.
Result<void> add_text_search(sqlite3* connection);

}  // namespace userd::store
