// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/time_text.h"

#include <fmt/chrono.h>

#include <chrono>
#include <cstdio>
#include <ctime>

#include "common/base/text.h"

namespace userd::ctl {
namespace {

constexpr std::int64_t minute = 60, hour = 60 * minute, day = 24 * hour, year = 365 * day;

// The digits at the front of `text`, `count` of them, taken off; −1 when they are not there.
int take_digits(std::string_view& text, std::size_t count) {
    if (text.size() < count) return -1;
    const auto number = parse_number(text.substr(0, count));
    if (!number) return -1;
    text.remove_prefix(count);
    return static_cast<int>(*number);
}

bool take(std::string_view& text, char c) {
    if (text.empty() || text.front() != c) return false;
    text.remove_prefix(1);
    return true;
}

// "Z", "+02:00" or nothing (UTC), to the end; seconds east of Greenwich.
std::optional<std::int64_t> parse_zone(std::string_view text) {
    if (text.empty() || text == "Z" || text == "z") return 0;
    const bool west = text.front() == '-';
    if (!west && text.front() != '+') return std::nullopt;
    text.remove_prefix(1);
    const int hours = take_digits(text, 2);
    take(text, ':');
    const int minutes = take_digits(text, 2);
    if (hours < 0 || hours > 14 || minutes < 0 || minutes > 59 || !text.empty()) return std::nullopt;
    return (hours * hour + minutes * minute) * (west ? -1 : 1);
}

// RFC 3339, with a space for the T allowed, and everything after the date optional.
std::optional<std::int64_t> parse_date(std::string_view text) {
    using namespace std::chrono;
    const int y = take_digits(text, 4);
    if (y < 0 || !take(text, '-')) return std::nullopt;
    const int m = take_digits(text, 2);
    if (m < 0 || !take(text, '-')) return std::nullopt;
    const int d = take_digits(text, 2);
    if (d < 0) return std::nullopt;
    const year_month_day date{std::chrono::year(y), month(static_cast<unsigned>(m)),
                              std::chrono::day(static_cast<unsigned>(d))};
    if (!date.ok()) return std::nullopt;
    const std::int64_t midnight = sys_days(date).time_since_epoch().count() * day;
    if (text.empty()) return midnight;
    if (!take(text, 'T') && !take(text, 't') && !take(text, ' ')) return std::nullopt;
    const int hours = take_digits(text, 2);
    if (hours < 0 || hours > 23 || !take(text, ':')) return std::nullopt;
    const int minutes = take_digits(text, 2);
    if (minutes < 0 || minutes > 59) return std::nullopt;
    int seconds = 0;
    if (take(text, ':')) seconds = take_digits(text, 2);
    if (seconds < 0 || seconds > 60) return std::nullopt;
    const auto zone = parse_zone(text);
    if (!zone) return std::nullopt;
    return midnight + hours * hour + minutes * minute + seconds - *zone;
}

std::string counted(std::int64_t count, std::string_view unit) {
    return fmt::format("{} {}{}", count, unit, count == 1 ? "" : "s");
}

}  // namespace

std::string rfc3339(std::int64_t time) {
    const auto seconds = static_cast<std::time_t>(time);
    std::tm parts{};
    if (!gmtime_r(&seconds, &parts)) return std::to_string(time);
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", parts);
}

std::string friendly_span(std::int64_t seconds) {
    if (seconds >= 2 * year) return counted(seconds / year, "year");
    if (seconds >= day) return counted(seconds / day, "day");
    if (seconds >= hour) return counted(seconds / hour, "hour");
    if (seconds >= minute) return counted(seconds / minute, "minute");
    return counted(seconds, "second");
}

std::string friendly_time(std::int64_t time, std::int64_t now) {
    if (time > now && time - now <= 60 * day) return "in " + friendly_span(time - now);
    if (time <= now && now - time < minute) return "just now";
    const auto seconds = static_cast<std::time_t>(time);
    std::tm parts{};
    if (!localtime_r(&seconds, &parts)) return rfc3339(time);
    return fmt::format("{:%Y-%m-%d %H:%M}", parts);
}

Answer<std::int64_t> parse_duration(std::string_view text) {
    const std::string_view typed = text;
    std::int64_t unit = 1;
    if (!text.empty()) {
        const char last = text.back();
        const std::int64_t known = last == 's'   ? 1
                                   : last == 'm' ? minute
                                   : last == 'h' ? hour
                                   : last == 'd' ? day
                                   : last == 'w' ? 7 * day
                                                 : 0;
        if (known != 0) {
            unit = known;
            text.remove_suffix(1);
        }
    }
    const auto count = parse_number(trimmed(text));
    if (!count || *count == 0 || *count > static_cast<std::uint64_t>(100 * year / unit))
        return refuse(problem(Exit::usage, "\"{}\" is not a length of time", escaped(typed))
                          .with_hint("90s, 15m, 2h, 3d or 4w"));
    return static_cast<std::int64_t>(*count) * unit;
}

Answer<std::int64_t> parse_time(std::string_view text, std::int64_t now) {
    const std::string_view typed = text;
    text = trimmed(text);
    if (text.empty() || text == "never") return -1;
    if (const auto date = parse_date(text)) return *date;
    if (text.starts_with("in ")) text.remove_prefix(3);
    if (text.starts_with("+")) text.remove_prefix(1);
    if (const auto span = parse_duration(text); span && !parse_number(text)) return now + *span;
    return refuse(problem(Exit::usage, "\"{}\" is not a time", escaped(typed))
                      .with_hint("2027-03-31, \"2027-03-31 14:30\" (UTC), 90d from now, or never"));
}

}  // namespace userd::ctl
