// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/config/scalars.h"

#include <arpa/inet.h>

#include <array>
#include <cstring>

#include "common/base/text.h"

namespace userd {
namespace {

using namespace std::chrono_literals;

struct Unit {
    std::string_view name;
    Duration length;
};
constexpr std::array<Unit, 5> units{{{"w", 24h * 7}, {"d", 24h}, {"h", 1h}, {"m", 1min}, {"s", 1s}}};

constexpr Duration longest_duration = 24h * 36500;  // a century: sums cannot overflow

}  // namespace

Result<std::uint64_t> parse_unsigned(std::string_view text, std::uint64_t least, std::uint64_t most) {
    const auto number = parse_number(text);
    if (!number || (text.size() > 1 && text[0] == '0'))
        return fail(Errc::invalid, "\"{}\" is not a whole number", escaped(text));
    if (*number < least || *number > most)
        return fail(Errc::invalid, "{} is not within {} to {}", *number, least, most);
    return *number;
}

Result<Duration> parse_duration(std::string_view text) {
    const std::string_view whole = text;
    Duration sum{0};
    while (!text.empty()) {
        const std::size_t digits = text.find_first_not_of("0123456789");
        if (digits == 0 || digits == std::string_view::npos || digits > 9) break;
        const auto count = parse_number(text.substr(0, digits));
        text.remove_prefix(digits);
        const Unit* found = nullptr;
        for (const Unit& unit : units)
            if (text.substr(0, text.find_first_of("0123456789")) == unit.name) found = &unit;
        if (!count || found == nullptr) break;
        text.remove_prefix(found->name.size());
        if (*count > static_cast<std::uint64_t>(longest_duration / found->length))
            return fail(Errc::invalid, "\"{}\" is more than a century", escaped(whole));
        sum += found->length * static_cast<std::int64_t>(*count);
        if (text.empty()) return sum;
    }
    return fail(Errc::invalid, "\"{}\" is not a length of time (as in 90d, 72h, 15m, 30s)", escaped(whole));
}

Result<std::uint64_t> parse_size(std::string_view text) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto count = parse_number(text.substr(0, digits));
    const std::string_view suffix = text.substr(digits);
    unsigned shift = 0;
    if (suffix == "K" || suffix == "KiB")
        shift = 10;
    else if (suffix == "M" || suffix == "MiB")
        shift = 20;
    else if (suffix == "G" || suffix == "GiB")
        shift = 30;
    else if (!suffix.empty())
        return fail(Errc::invalid, "\"{}\" is not a size (as in 64MiB, 2GiB)", escaped(text));
    if (!count || *count > (std::uint64_t{1} << 40) >> shift)
        return fail(Errc::invalid, "\"{}\" is not a size (as in 64MiB, 2GiB)", escaped(text));
    return *count << shift;
}

Result<bool> parse_bool(std::string_view text) {
    for (const std::string_view word : {"true", "yes", "on"})
        if (text == word) return true;
    for (const std::string_view word : {"false", "no", "off"})
        if (text == word) return false;
    return fail(Errc::invalid, "\"{}\" is neither true nor false", escaped(text));
}

Result<IdRange> parse_id_range(std::string_view text) {
    const std::size_t dash = text.find('-');
    const auto first = parse_number(text.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : parse_number(text.substr(dash + 1));
    if (!first || !last || *first > *last || *last > 0x7FFFFFFF)
        return fail(Errc::invalid, "\"{}\" is not a range of ids (as in 70000-99999)", escaped(text));
    return IdRange{static_cast<std::uint32_t>(*first), static_cast<std::uint32_t>(*last)};
}

Result<Network> parse_network(std::string_view text) {
    const std::size_t slash = text.find('/');
    const std::string address(text.substr(0, slash));
    Network network;
    in_addr v4{};
    unsigned width = 128;
    if (inet_pton(AF_INET, address.c_str(), &v4) == 1) {
        width = 32;
        network.address[10] = network.address[11] = 0xFF;
        std::memcpy(network.address + 12, &v4, 4);
    } else if (inet_pton(AF_INET6, address.c_str(), network.address) != 1) {
        return fail(Errc::invalid, "\"{}\" is not a network (as in 10.0.0.0/8 or 2001:db8::/32)",
                    escaped(text));
    }
    network.bits = 128;
    if (slash != std::string_view::npos) {
        const auto bits = parse_number(text.substr(slash + 1));
        if (!bits || *bits > width)
            return fail(Errc::invalid, "\"{}\": the prefix is 0 to {} bits", escaped(text), width);
        network.bits = 128 - width + static_cast<unsigned>(*bits);
    }
    for (unsigned bit = network.bits; bit < 128; ++bit)
        if ((network.address[bit / 8] >> (7 - bit % 8)) & 1)
            return fail(Errc::invalid, "\"{}\" has bits set behind its prefix", escaped(text));
    return network;
}

Result<Factor> parse_factor(std::string_view text) {
    if (text == "password") return Factor::password;
    if (text == "totp") return Factor::totp;
    if (text == "key") return Factor::key;
    return fail(Errc::invalid, "\"{}\" is not a factor (password, totp, key)", escaped(text));
}

std::string to_text(Duration duration) {
    if (duration == Duration{0}) return "0s";
    for (const Unit& unit : units)
        if (unit.name != "w" && duration % unit.length == Duration{0})
            return fmt::format("{}{}", duration / unit.length, unit.name);
    return fmt::format("{}s", std::chrono::floor<std::chrono::seconds>(duration).count());
}

std::string size_to_text(std::uint64_t bytes) {
    for (const auto& [shift, name] : {std::pair{30U, "GiB"}, {20U, "MiB"}, {10U, "KiB"}})
        if (bytes != 0 && bytes % (std::uint64_t{1} << shift) == 0)
            return fmt::format("{}{}", bytes >> shift, name);
    return fmt::format("{}", bytes);
}

std::string to_text(const IdRange& range) {
    return fmt::format("{}-{}", range.first, range.last);
}

std::string to_text(const Network& network) {
    static constexpr unsigned char v4_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    const bool v4 = network.bits >= 96 && std::memcmp(network.address, v4_prefix, sizeof v4_prefix) == 0;
    char text[INET6_ADDRSTRLEN] = {};
    inet_ntop(v4 ? AF_INET : AF_INET6, network.address + (v4 ? 12 : 0), text, sizeof text);
    return network.bits == 128 ? std::string(text) : fmt::format("{}/{}", text, network.bits - (v4 ? 96 : 0));
}

std::string_view to_text(Factor factor) {
    return factor == Factor::password ? "password" : factor == Factor::totp ? "totp" : "key";
}

bool contains(const Network& network, const Network& address) {
    for (unsigned bit = 0; bit < network.bits; ++bit) {
        const unsigned mask = 0x80U >> (bit % 8);
        if ((network.address[bit / 8] & mask) != (address.address[bit / 8] & mask)) return false;
    }
    return true;
}

}  // namespace userd
