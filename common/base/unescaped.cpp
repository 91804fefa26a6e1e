// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/base/unescaped.h"

#include <charconv>

namespace userd {

std::optional<std::string> unescaped(std::string_view text) {
    std::string bytes;
    while (!text.empty()) {
        unsigned char byte = static_cast<unsigned char>(text[0]);
        std::size_t length = 1;
        if (text.starts_with("\\\\")) {
            length = 2;
        } else if (byte == '\\') {
            length = 4;
            if (!text.starts_with("\\x") || text.size() < length) return std::nullopt;
            const auto [end, error] = std::from_chars(text.data() + 2, text.data() + length, byte, 16);
            if (error != std::errc() || end != text.data() + length) return std::nullopt;
        }
        bytes += static_cast<char>(byte);
        text.remove_prefix(length);
    }
    return bytes;
}

}  // namespace userd
