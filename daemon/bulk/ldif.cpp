// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bulk/ldif.h"

#include <fmt/core.h>
#include <sodium.h>

#include <algorithm>
#include <cctype>

#include "common/base/text.h"

namespace userd {

namespace {

constexpr std::size_t width = 76;

// RFC 2849: SAFE-STRING, and no space at the end, which readers differ about.
bool is_safe(std::string_view value) {
    if (value.empty()) return true;
    if (value[0] == ' ' || value[0] == ':' || value[0] == '<' || value.back() == ' ') return false;
    return std::all_of(value.begin(), value.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x80 && c != '\0' && c != '\n' && c != '\r';
    });
}

std::string base64(std::string_view value) {
    std::string text(sodium_base64_encoded_len(value.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
    sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(value.data()),
                      value.size(), sodium_base64_VARIANT_ORIGINAL);
    text.pop_back();  // the NUL
    return text;
}

}  // namespace

std::string ldif_line(std::string_view attribute, std::string_view value) {
    const auto line = is_safe(value) ? fmt::format("{}: {}", attribute, value)
                                     : fmt::format("{}:: {}", attribute, base64(value));
    std::string folded = line.substr(0, width);
    for (std::size_t at = width; at < line.size(); at += width - 1)
        folded += "\n " + line.substr(at, width - 1);
    return folded + "\n";
}

std::string dn_value(std::string_view value) {
    std::string text;
    for (std::size_t i = 0; i < value.size(); ++i) {
        const char c = value[i];
        const bool edge = (i == 0 && (c == ' ' || c == '#')) || (i + 1 == value.size() && c == ' ');
        if (edge || std::string_view("\"+,;<>\\=").find(c) != std::string_view::npos) text += '\\';
        if (c == '\0')
            text += "\\00";
        else
            text += c;
    }
    return text;
}

bool is_dn(std::string_view text) {
    if (text.empty() || !is_utf8(text)) return false;
    for (const auto part : split(text, ',')) {
        const auto equals = part.find('=');
        if (equals == std::string_view::npos || equals == 0 || equals + 1 == part.size()) return false;
        const auto attribute = trimmed(part.substr(0, equals));
        if (attribute.empty() || !std::all_of(attribute.begin(), attribute.end(), [](char c) {
                return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.';
            }))
            return false;
    }
    return std::none_of(text.begin(), text.end(),
                        [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

}  // namespace userd
