// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string_view>

#include "daemon/config/config.h"

// The forms of values in userd.yaml. Errors are Errc::invalid; their message ends the sentence "KEY: …".
namespace userd {

Result<std::uint64_t> parse_unsigned(std::string_view text, std::uint64_t least, std::uint64_t most);
Result<Duration> parse_duration(std::string_view text);   // 90d 15m 72h 0s 2w, and sums: 1h30m
Result<std::uint64_t> parse_size(std::string_view text);  // bytes, or with K M G or KiB MiB GiB
Result<bool> parse_bool(std::string_view text);           // true false yes no on off
Result<IdRange> parse_id_range(std::string_view text);    // 70000-99999 or one number
Result<Network> parse_network(std::string_view text);     // 10.0.0.0/8, 2001:db8::/32, one address
Result<Factor> parse_factor(std::string_view text);

std::string to_text(Duration duration);  // the shortest form that parses back
std::string size_to_text(std::uint64_t bytes);
std::string to_text(const IdRange& range);
std::string to_text(const Network& network);
std::string_view to_text(Factor factor);
bool contains(const Network& network, const Network& address);  // address: all 128 bits

}  // namespace userd
