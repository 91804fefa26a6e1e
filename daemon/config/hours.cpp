// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/config/hours.h"

#include <array>
#include <optional>
#include <vector>

#include "common/base/text.h"

namespace userd {
namespace {

constexpr std::array<std::string_view, 7> day_names{"Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"};

Result<unsigned> parse_day(std::string_view text) {
    for (unsigned i = 0; i < day_names.size(); ++i)
        if (text == day_names[i]) return i;
    return fail(Errc::invalid, "\"{}\" is not a day (Mo Tu We Th Fr Sa Su)", escaped(text));
}

// "Mo", "Mo-Fr", "Fr-Mo", and lists of them.
Result<std::vector<unsigned>> parse_days(std::string_view text) {
    std::vector<unsigned> days;
    for (const auto item : split(text, ',')) {
        const auto dash = item.find('-');
        unsigned day = TRY(parse_day(item.substr(0, dash)));
        const unsigned last = dash == std::string_view::npos ? day : TRY(parse_day(item.substr(dash + 1)));
        for (; day != last; day = (day + 1) % 7) days.push_back(day);
        days.push_back(last);
    }
    return days;
}

// "07:00": minutes since midnight, 24:00 included.
Result<unsigned> parse_minute(std::string_view text) {
    const auto digit = [&](std::size_t at) { return static_cast<unsigned>(text[at] - '0'); };
    const bool is_time = text.size() == 5 && text[2] == ':' &&
                         text.find_first_not_of("0123456789:") == std::string_view::npos &&
                         text.find(':', 3) == std::string_view::npos && text.find(':') == 2;
    const unsigned minute =
        is_time ? (digit(0) * 10 + digit(1)) * 60 + digit(3) * 10 + digit(4) : 24 * 60 + 1;
    if (minute > 24 * 60 || digit(3) > 5)
        return fail(Errc::invalid, "\"{}\" is not a time from 00:00 to 24:00", escaped(text));
    return minute;
}

struct Range {
    unsigned begin = 0, length = 24 * 60;
};

// "07:00-20:00", "22:00-06:00"
Result<Range> parse_range(std::string_view text) {
    const auto dash = text.find('-');
    if (dash == std::string_view::npos)
        return fail(Errc::invalid, "\"{}\" is not a range of time (as in 07:00-20:00)", escaped(text));
    const unsigned begin = TRY(parse_minute(text.substr(0, dash)));
    const unsigned end = TRY(parse_minute(text.substr(dash + 1)));
    if (begin == end || begin == 24 * 60)
        return fail(Errc::invalid, "\"{}\" holds no minute: a whole day is 00:00-24:00", escaped(text));
    return Range{begin, end > begin ? end - begin : 24 * 60 - begin + end};
}

}  // namespace

// Days, times, or both: what is left out is all of them.
Result<Hours::Week> Hours::parse_part(std::string_view text) {
    const auto space = text.find(' ');
    const bool has_days = text.find_first_of("0123456789") != 0;
    if (text.empty() || (!has_days && space != std::string_view::npos))
        return fail(Errc::invalid, "\"{}\" is not of the form Mo-Fr 07:00-20:00", escaped(text));
    const auto days = TRY(parse_days(has_days ? text.substr(0, space) : "Mo-Su"));
    std::vector<Range> ranges;
    if (has_days && space == std::string_view::npos)
        ranges.push_back({});
    else
        for (const auto range : split(has_days ? trimmed(text.substr(space)) : text, ','))
            ranges.push_back(TRY(parse_range(range)));
    Week minutes;
    for (const unsigned of_week : days)
        for (const Range& range : ranges)
            for (unsigned i = 0; i < range.length; ++i) minutes.set((of_week * day + range.begin + i) % week);
    return minutes;
}

Result<Hours> Hours::parse(std::string_view text) {
    Hours hours;
    if (trimmed(text).empty()) return fail(Errc::invalid, "no hours at all would let nobody in");
    if (text.size() > 256) return fail(Errc::invalid, "hours are longer than 256 characters");
    for (const auto part : split(text, ';')) hours.minutes_ |= TRY(parse_part(trimmed(part)));
    hours.text_ = text;
    return hours;
}

void Hours::add(const Hours& other) {
    minutes_ |= other.minutes_;
    text_ += "; " + other.text_;
}

std::string to_text(LocalTime time) {
    static constexpr std::string_view names[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    return fmt::format("{} {:02}:{:02}", names[time.day % 7], time.minute / 60, time.minute % 60);
}

}  // namespace userd
