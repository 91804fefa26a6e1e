// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace userd {

// A security identifier of Windows ([MS-DTYP] 2.4.2): an authority and up to 15 numbers, of which the last
// one, the RID, is the account's within its domain.
class Sid {
 public:
    static std::optional<Sid> parse(std::string_view text);        // "S-1-5-21-1-2-3-1106"
    static std::optional<Sid> parse_binary(std::string_view raw);  // objectSid

    std::string text() const;
    // Of the domain and the RID; none for a SID without a part that could be a RID.
    std::optional<Sid> domain() const;
    std::uint32_t rid() const { return count_ == 0 ? 0 : parts_[count_ - 1]; }
    Sid with_rid(std::uint32_t rid) const;  // of a domain's SID; at most 14 parts
    bool is_domain() const;                 // S-1-5-21-x-y-z: such as accounts have
    bool operator==(const Sid&) const = default;

 private:
    std::uint64_t authority_ = 0;  // 48 bits
    std::array<std::uint32_t, 15> parts_{};
    std::uint8_t count_ = 0;
};

}  // namespace userd
