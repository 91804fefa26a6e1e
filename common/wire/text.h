// SPDX-License-Identifier: LGPL-2.1-or-later
// Limits that messages share.
#pragma once

#include <string.h>

#include <string_view>

namespace userd::wire {

inline bool fits(std::string_view text, std::size_t longest) {
    return text.size() <= longest && (text.empty() || memchr(text.data(), 0, text.size()) == nullptr);
}

}  // namespace userd::wire
