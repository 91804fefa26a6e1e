// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/ldap/id_mapping.h"

#include <fmt/core.h>

#include "common/wire/frame.h"

namespace userd {
namespace {

constexpr std::uint32_t sssd_seed = 0xdeadbeef;

std::uint32_t rotate(std::uint32_t value, unsigned bits) {
    return value << bits | value >> (32 - bits);
}

std::uint32_t scramble(std::uint32_t block) {
    return rotate(block * 0xcc9e2d51U, 15) * 0x1b873593U;
}

}  // namespace

std::uint32_t murmur3(std::string_view bytes, std::uint32_t seed) {
    std::uint32_t hash = seed;
    const auto length = static_cast<std::uint32_t>(bytes.size());
    for (; bytes.size() >= 4; bytes.remove_prefix(4))
        hash = rotate(hash ^ scramble(wire::load_number<std::uint32_t>(bytes.data())), 13) * 5 + 0xe6546b64U;
    std::uint32_t tail = 0;
    for (std::size_t i = bytes.size(); i-- > 0;) tail = tail << 8 | static_cast<unsigned char>(bytes[i]);
    hash ^= scramble(tail);
    hash ^= length;
    hash = (hash ^ hash >> 16) * 0x85ebca6bU;
    hash = (hash ^ hash >> 13) * 0xc2b2ae35U;
    return hash ^ hash >> 16;
}

std::optional<std::uint32_t> IdSlices::id_of(const Sid& sid) {
    const auto domain = sid.domain();
    if (!domain || !domain->is_domain()) return std::nullopt;
    const std::string name = domain->text();
    const auto first_slice = slice_of_domain(name);
    if (!first_slice) return std::nullopt;
    const std::uint32_t place = sid.rid() % slice_size, first_rid = sid.rid() - place;
    // Two further slices of a domain that fall together share their numbers: who comes second to one is
    // refused by the core. SSSD gives all of them to the slice that is used first.
    const std::uint32_t slice =
        first_rid == 0 ? *first_slice : free_slice(fmt::format("{}-{}", name, first_rid));
    return first_id + slice * slice_size + place;
}

// A forest has a few dozen domains; a server that makes them up ends here.
std::optional<std::uint32_t> IdSlices::slice_of_domain(const std::string& sid) {
    constexpr std::size_t most_domains = 100;
    const auto found = domains_.find(sid);
    if (found != domains_.end()) return found->second;
    if (domains_.size() >= most_domains) return std::nullopt;
    const std::uint32_t slice = free_slice(sid);
    taken_.insert(slice);
    domains_.emplace(sid, slice);
    return slice;
}

// The slice of a name, or the next that is no domain's first one.
std::uint32_t IdSlices::free_slice(std::string_view name) const {
    std::uint32_t slice = murmur3(name, sssd_seed) % slices;
    while (taken_.contains(slice)) slice = (slice + 1) % slices;
    return slice;
}

}  // namespace userd
