// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/ldap/sid.h"

#include <fmt/core.h>

#include <limits>

#include "common/base/text.h"
#include "common/wire/frame.h"

namespace userd {

std::optional<Sid> Sid::parse(std::string_view text) {
    const auto parts = split(text, '-');
    Sid sid;
    if (parts.size() < 4 || parts.size() > 3 + sid.parts_.size() || (parts[0] != "S" && parts[0] != "s") ||
        parts[1] != "1")
        return std::nullopt;
    const auto authority = parse_number(parts[2]);
    if (!authority || *authority >> 48 != 0) return std::nullopt;
    sid.authority_ = *authority;
    for (std::size_t i = 3; i < parts.size(); ++i) {
        const auto number = parse_number(parts[i]);
        if (!number || *number > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
        sid.parts_[sid.count_++] = static_cast<std::uint32_t>(*number);
    }
    return sid;
}

// Revision 1, the number of parts, the authority with its highest byte first, the parts little endian.
std::optional<Sid> Sid::parse_binary(std::string_view raw) {
    Sid sid;
    if (raw.size() < 12 || raw[0] != 1 || static_cast<unsigned char>(raw[1]) > sid.parts_.size() ||
        raw.size() != 8 + 4U * static_cast<unsigned char>(raw[1]))
        return std::nullopt;
    for (std::size_t i = 2; i < 8; ++i)
        sid.authority_ = sid.authority_ << 8 | static_cast<unsigned char>(raw[i]);
    for (std::size_t at = 8; at < raw.size(); at += 4)
        sid.parts_[sid.count_++] = wire::load_number<std::uint32_t>(raw.data() + at);
    return sid;
}

std::string Sid::text() const {
    std::string text = fmt::format("S-1-{}", authority_);
    for (std::size_t i = 0; i < count_; ++i) text += fmt::format("-{}", parts_[i]);
    return text;
}

std::optional<Sid> Sid::domain() const {
    if (count_ < 2) return std::nullopt;
    Sid domain = *this;
    domain.parts_[--domain.count_] = 0;
    return domain;
}

Sid Sid::with_rid(std::uint32_t rid) const {
    Sid sid = *this;
    if (sid.count_ < sid.parts_.size()) sid.parts_[sid.count_++] = rid;
    return sid;
}

bool Sid::is_domain() const {
    return authority_ == 5 && count_ == 4 && parts_[0] == 21;
}

}  // namespace userd
