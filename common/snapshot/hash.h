// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#define XXH_INLINE_ALL  // no library to load into other people's processes
#include <xxhash.h>

#include <cstdint>
#include <cstring>
#include <string_view>

#include "common/snapshot/format.h"

namespace userd::snapshot {

inline std::uint64_t hash(std::string_view name, std::uint64_t seed) {
    return XXH3_64bits_withSeed(name.data(), name.size(), seed);
}
inline std::uint64_t hash(std::uint32_t id, std::uint64_t seed) {
    return XXH3_64bits_withSeed(&id, sizeof id, seed);
}
inline std::uint64_t checksum(const void* data, std::size_t size) {
    return XXH3_64bits(data, size);
}

constexpr std::uint32_t tag_of(std::uint64_t hash) {
    return static_cast<std::uint32_t>(hash >> 32U);
}
// Any number of slots will do, not only powers of two: a base wastes no memory on the way to the next one.
constexpr std::uint32_t first_slot(std::uint64_t hash, std::uint32_t slots) {
    return static_cast<std::uint32_t>((std::uint64_t{static_cast<std::uint32_t>(hash)} * slots) >> 32U);
}

// Which bit of the stale filter a member's name has. Cheaper than `hash` on purpose: it is asked for each
// member of a group, and a false alarm costs one lookup.
inline std::uint64_t stale_bit(const char* name, std::size_t size, std::uint64_t bits) {
    std::uint64_t tail = size;
    if (size >= sizeof tail)
        std::memcpy(&tail, name + size - sizeof tail, sizeof tail);
    else
        for (std::size_t i = 0; i < size; ++i) tail = (tail << 8U) | static_cast<unsigned char>(name[i]);
    return ((tail * 0x9E3779B97F4A7C15U) >> 32U) & (bits - 1);
}

}  // namespace userd::snapshot
