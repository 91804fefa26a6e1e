// SPDX-License-Identifier: LGPL-2.1-or-later
// What the tables share: times as they keep them (microseconds since 1970 UTC, NULL for none), blobs that are
// strings here, and patterns for LIKE.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "daemon/runtime/clock.h"
#include "daemon/store/database.h"

namespace userd::store {

inline std::int64_t to_column(Time time) {
    return time.time_since_epoch().count();
}
inline std::optional<std::int64_t> to_column(const std::optional<Time>& time) {
    return time ? std::optional(to_column(*time)) : std::nullopt;
}
inline Time to_time(std::int64_t microseconds) {
    return Time(Duration(microseconds));
}
inline std::optional<Time> to_time(const std::optional<std::int64_t>& microseconds) {
    return microseconds ? std::optional(to_time(*microseconds)) : std::nullopt;
}
inline std::optional<Time> time_of(const Query& query, int column) {
    return to_time(query.optional_integer(column));
}

inline std::span<const std::uint8_t> bytes_of(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string text_of(std::span<const std::uint8_t> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// For LIKE … ESCAPE '\': what holds `text` anywhere.
inline std::string like_pattern(std::string_view text) {
    std::string pattern = "%";
    for (const char c : text) {
        if (c == '%' || c == '_' || c == '\\') pattern += '\\';
        pattern += c;
    }
    return pattern + "%";
}

}  // namespace userd::store
