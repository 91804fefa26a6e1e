// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

namespace userd {

// "ABCD EFGH …": a key as a person can type it.
inline std::string spaced(std::string_view key) {
    std::string text;
    for (std::size_t i = 0; i < key.size(); ++i) {
        if (i > 0 && i % 4 == 0) text += ' ';
        text += key[i];
    }
    return text;
}

}  // namespace userd
