// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/ldap/uuid.h"

#include <algorithm>

namespace userd {

std::optional<EntryUuid> parse_uuid(std::string_view text) {
    if (text.starts_with('{') && text.ends_with('}')) text = text.substr(1, text.size() - 2);
    EntryUuid uuid;
    std::size_t digits = 0;
    for (const char c : text) {
        if (c == '-') continue;
        const unsigned value = c >= '0' && c <= '9'   ? static_cast<unsigned>(c - '0')
                               : c >= 'a' && c <= 'f' ? static_cast<unsigned>(c - 'a' + 10)
                               : c >= 'A' && c <= 'F' ? static_cast<unsigned>(c - 'A' + 10)
                                                      : 16;
        if (value == 16 || digits == 2 * wire::uuid_size) return std::nullopt;
        char& byte = uuid.bytes[digits / 2];
        byte = static_cast<char>(digits % 2 == 0 ? value << 4 : static_cast<unsigned char>(byte) | value);
        ++digits;
    }
    if (digits != 2 * wire::uuid_size) return std::nullopt;
    return uuid;
}

std::optional<EntryUuid> uuid_of_guid(std::string_view bytes) {
    auto uuid = uuid_of_bytes(bytes);
    if (!uuid) return uuid;
    std::reverse(uuid->bytes.begin(), uuid->bytes.begin() + 4);
    std::reverse(uuid->bytes.begin() + 4, uuid->bytes.begin() + 6);
    std::reverse(uuid->bytes.begin() + 6, uuid->bytes.begin() + 8);
    return uuid;
}

std::optional<EntryUuid> uuid_of_bytes(std::string_view bytes) {
    if (bytes.size() != wire::uuid_size) return std::nullopt;
    EntryUuid uuid;
    std::copy(bytes.begin(), bytes.end(), uuid.bytes.begin());
    return uuid;
}

}  // namespace userd
