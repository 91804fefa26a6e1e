// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ctl/problem.h"

namespace userd::ctl {

// Times are seconds since 1970 UTC.

// "2026-11-20T08:14:00Z"
std::string rfc3339(std::int64_t time);
// For people: what lies ahead within 60 days "in 3 days", what lies within the last minute "just now", all
// else "2026-11-20 08:14" in the local time zone.
std::string friendly_time(std::int64_t time, std::int64_t now);
// "3 days", "2 hours", "1 minute": the largest unit that is not zero.
std::string friendly_span(std::int64_t seconds);

// "90s", "15m", "2h", "3d", "4w" or a bare number of seconds; 1 s … 100 years.
Answer<std::int64_t> parse_duration(std::string_view text);
// "2027-03-31" (midnight UTC), "2027-03-31 14:30", "2027-03-31T14:30:00Z", "…+02:00", a duration from now
// ("90d",
// "+90d", "in 90d"), or "never" and "": −1, which the daemon reads as no time.
Answer<std::int64_t> parse_time(std::string_view text, std::int64_t now);

}  // namespace userd::ctl
