// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "common/wire/ldap.h"

namespace userd {

// The key of an entry, in the order of RFC 4122: what a synchronisation's controls carry.
struct EntryUuid {
    std::array<char, wire::uuid_size> bytes{};
    std::string_view view() const { return {bytes.data(), bytes.size()}; }
    bool is_zero() const { return *this == EntryUuid{}; }
    bool operator==(const EntryUuid&) const = default;
};

// entryUUID: 8-4-4-4-12 hexadecimal digits, with or without hyphens and braces (nsUniqueId, ipaUniqueID).
std::optional<EntryUuid> parse_uuid(std::string_view text);
// objectGUID: 16 bytes, of which the first three numbers are little endian.
std::optional<EntryUuid> uuid_of_guid(std::string_view bytes);
// 16 bytes as they are.
std::optional<EntryUuid> uuid_of_bytes(std::string_view bytes);

}  // namespace userd
