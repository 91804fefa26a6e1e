// SPDX-License-Identifier: LGPL-2.1-or-later
// The grammar of looked-up names and the ids that are never anybody's. Header only and free of the C++
// runtime: the modules compile it in, so a broken daemon cannot make them answer what must never be answered.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace userd {

// Longest name a lookup accepts (utmp and LOGIN_NAME_MAX allow 256 with the NUL; new names are shorter).
inline constexpr std::size_t max_lookup_name = 255;

// A name that may stand in a snapshot or be asked for. Relaxed: upper case, dots and UTF-8 are fine, since
// directories use them. Refused: empty, "." and "..", a leading '-', all digits (tools take those for ids),
// ':' '/' ',' and control characters (they would break passwd(5) lines and paths), bad UTF-8.
constexpr bool is_lookup_name(std::string_view name) {
    if (name.empty() || name.size() > max_lookup_name || name[0] == '-' || name == "." || name == "..")
        return false;
    bool all_digits = true;
    for (std::size_t i = 0; i < name.size();) {
        const auto c = static_cast<unsigned char>(name[i]);
        if (c < '0' || c > '9') all_digits = false;
        if (c < 0x20 || c == 0x7F || c == ':' || c == '/' || c == ',') return false;
        if (c < 0x80) {
            ++i;
            continue;
        }
        // UTF-8, RFC 3629: the second byte's range depends on the first
        const std::size_t length = c >= 0xC2 && c <= 0xDF   ? 2
                                   : (c & 0xF0U) == 0xE0    ? 3
                                   : c >= 0xF0 && c <= 0xF4 ? 4
                                                            : 0;
        if (length == 0 || i + length > name.size()) return false;
        for (std::size_t k = 1; k < length; ++k)
            if ((static_cast<unsigned char>(name[i + k]) & 0xC0U) != 0x80) return false;
        const auto second = static_cast<unsigned char>(name[i + 1]);
        if ((c == 0xE0 && second < 0xA0) || (c == 0xED && second > 0x9F) || (c == 0xF0 && second < 0x90) ||
            (c == 0xF4 && second > 0x8F) || (c == 0xC2 && second < 0xA0))
            return false;
        i += length;
    }
    return !all_digits;
}

// Ids that are never anybody's, whatever the configuration says: the system's own, systemd's
// (uids.systemd.io), nobody's and the two values that mean "no id" (16 and 32 bit), and all that a signed 32
// bit integer cannot hold.
constexpr bool is_reserved_id(std::uint32_t id) {
    if (id > 65535) return id >= 0x80000000U;  // first: what most ids are
    return id < 1000 || (id >= 60001 && id <= 60577) || (id >= 61184 && id <= 65519) || id >= 65534;
}

}  // namespace userd
