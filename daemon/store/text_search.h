// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.h"

struct sqlite3;

// Looking for a text in others, without regard to the case of ASCII letters.
namespace userd::store {

// What is looked for, made once for many texts (Horspool 1980): most places of a text are never looked at.
class Needle {
 public:
    explicit Needle(std::string_view text);
    bool is_in(std::string_view text) const;

 private:
    std::string folded_;
    std::array<std::uint8_t, 256> skip_;  // how far on the needle may be, by the character under its end
};

// Makes `holds(NEEDLE, TEXT…)` known to a connection: whether one of the texts holds the needle. LIKE costs
// three times as much for each of the texts of a row.
Result<void> add_text_search(sqlite3* connection);

}  // namespace userd::store
