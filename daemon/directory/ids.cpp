// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/directory/ids.h"

#include <sodium.h>

#include <algorithm>
#include <array>

#include "common/names.h"

namespace userd {

namespace {

// Part of the format, not a secret: every host gives a name the same number. It keeps names that were chosen
// to collide under a plain hash apart from those of other programs.
constexpr std::array<unsigned char, crypto_shorthash_KEYBYTES> name_key = {
    'u', 's', 'e', 'r', 'd', ' ', 'i', 'd', 's', ' ', 'b', 'y', ' ', 'n', 'a', 'm'};

std::uint64_t hash_of(std::string_view name) {
    std::array<unsigned char, crypto_shorthash_BYTES> bytes{};
    crypto_shorthash(bytes.data(), reinterpret_cast<const unsigned char*>(name.data()), name.size(),
                     name_key.data());
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) number |= std::uint64_t{bytes[i]} << (8 * i);
    return number;
}

bool any_contains(const std::vector<IdRange>& ranges, std::uint32_t id) {
    return std::any_of(ranges.begin(), ranges.end(),
                       [&](const IdRange& range) { return range.contains(id); });
}

}  // namespace

Result<std::optional<std::uint32_t>> Ids::first_free(std::uint64_t from, std::uint64_t last) const {
    for (std::uint64_t id = from; id <= last;) {
        const auto number = static_cast<std::uint32_t>(id);
        if (const auto use = host_.use_of_id(number)) {
            id = use->next;
        } else if (is_reserved_id(number) || TRY(retired_.is_taken(number))) {
            ++id;
        } else {
            return number;
        }
    }
    return std::nullopt;
}

// After the highest that was ever given out, so a hole is only looked for when a range has come to its end.
Result<std::optional<std::uint32_t>> Ids::next() const {
    for (const auto& range : config_.ids.ranges) {
        const auto highest = TRY(retired_.highest(range.first, range.last));
        const auto free = TRY(first_free(highest ? std::uint64_t{*highest} + 1 : range.first, range.last));
        if (free) return free;
    }
    for (const auto& range : config_.ids.ranges) {
        const auto free = TRY(first_free(range.first, range.last));
        if (free) return free;
    }
    return std::nullopt;
}

Result<std::optional<std::uint32_t>> Ids::by_name(std::string_view name) const {
    const auto& ranges = config_.ids.ranges;
    std::uint64_t total = 0;
    for (const auto& range : ranges) total += std::uint64_t{range.last} - range.first + 1;
    if (total == 0) return std::nullopt;
    std::uint64_t place = hash_of(name) % total;
    std::size_t index = 0;
    while (place > std::uint64_t{ranges[index].last} - ranges[index].first) {
        place -= std::uint64_t{ranges[index].last} - ranges[index].first + 1;
        ++index;
    }
    // From the name's place to the end of its range, then the ranges after it, once around.
    for (std::size_t turn = 0; turn <= ranges.size(); ++turn) {
        const auto& range = ranges[(index + turn) % ranges.size()];
        const auto free = TRY(first_free(turn == 0 ? range.first + place : range.first, range.last));
        if (free) return free;
    }
    return std::nullopt;
}

Result<std::uint32_t> Ids::choose(std::string_view name) const {
    const auto id = config_.ids.by_name ? TRY(by_name(name)) : TRY(next());
    if (id) return *id;
    return fail(Error{Errc::limits, "no number is left in ids.ranges of userd.yaml",
                      "adding a range to ids.ranges", ""});
}

Result<void> Ids::check(std::int64_t asked, std::string_view field) const {
    const auto refuse = [&](Errc code, std::string why) {
        return fail(
            Error{code, fmt::format("{} cannot be {}: {}", field, asked, why), "", std::string(field)});
    };
    if (asked < 0 || asked > INT64_C(0xFFFFFFFF))
        return refuse(Errc::invalid, "it is no number of a user or group");
    const auto id = static_cast<std::uint32_t>(asked);
    if (is_reserved_id(id)) return refuse(Errc::invalid, "the system reserves it");
    if (const auto use = host_.use_of_id(id))
        return refuse(Errc::exists, fmt::format("{} uses it", use->where));
    if (!any_contains(config_.ids.ranges, id) && !any_contains(config_.ids.accept, id))
        return refuse(Errc::invalid, "neither ids.ranges nor ids.accept of userd.yaml contains it");
    if (TRY(retired_.is_taken(id)))
        return refuse(Errc::exists, "it is, or was, another's; numbers never come back");
    return {};
}

}  // namespace userd
