// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bulk/cell.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>

#include "common/base/text.h"
#include "daemon/runtime/clock.h"

namespace userd {

namespace {

constexpr std::array<std::string_view, 3> times{"expires", "not_before", "enrol_until"};
constexpr std::array<std::string_view, 4> lists{"groups", "local_groups", "roles", "tags"};

template <std::size_t size>
bool contains(const std::array<std::string_view, size>& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

Failure wrong(std::string_view field, std::string_view text, std::string hint) {
    return fail(Error{Errc::invalid, fmt::format("{} cannot be \"{}\"", field, escaped(text.substr(0, 64))),
                      std::move(hint), std::string(field)});
}

// So many digits at `at`, which moves on; none when there are fewer.
std::optional<int> digits(std::string_view text, std::size_t& at, std::size_t count) {
    if (text.size() < at + count) return std::nullopt;
    const auto number = parse_number(text.substr(at, count));
    at += count;
    return number ? std::optional(static_cast<int>(*number)) : std::nullopt;
}

bool skip(std::string_view text, std::size_t& at, std::string_view any_of) {
    if (at >= text.size() || any_of.find(text[at]) == std::string_view::npos) return false;
    ++at;
    return true;
}

// "Z" or "+02:00", in minutes.
std::optional<int> zone(std::string_view text, std::size_t& at) {
    if (skip(text, at, "Zz")) return 0;
    const bool west = at < text.size() && text[at] == '-';
    if (!skip(text, at, "+-")) return std::nullopt;
    const auto hours = digits(text, at, 2);
    if (!hours || *hours > 14 || !skip(text, at, ":")) return std::nullopt;
    const auto minutes = digits(text, at, 2);
    if (!minutes || *minutes > 59) return std::nullopt;
    return (*hours * 60 + *minutes) * (west ? -1 : 1);
}

// "2027-03-31" (midnight UTC), "2027-03-31T14:30:00Z", "2027-03-31 14:30:00+02:00"
std::optional<std::int64_t> parse_time(std::string_view text) {
    using namespace std::chrono;
    std::size_t at = 0;
    const auto y = digits(text, at, 4);
    if (!y || !skip(text, at, "-")) return std::nullopt;
    const auto m = digits(text, at, 2);
    if (!m || !skip(text, at, "-")) return std::nullopt;
    const auto d = digits(text, at, 2);
    if (!d) return std::nullopt;
    const year_month_day date{year(*y), month(static_cast<unsigned>(*m)), day(static_cast<unsigned>(*d))};
    if (!date.ok()) return std::nullopt;
    auto time = sys_seconds(sys_days(date));
    if (at == text.size()) return to_unix(time);
    if (!skip(text, at, "Tt ")) return std::nullopt;
    const auto h = digits(text, at, 2);
    if (!h || *h > 23 || !skip(text, at, ":")) return std::nullopt;
    const auto min = digits(text, at, 2);
    if (!min || *min > 59 || !skip(text, at, ":")) return std::nullopt;
    const auto s = digits(text, at, 2);
    const auto offset = s && *s <= 60 ? zone(text, at) : std::nullopt;
    if (!offset || at != text.size()) return std::nullopt;
    return to_unix(time + hours(*h) + minutes(*min - *offset) + seconds(*s));
}

std::vector<std::string> parse_list(std::string_view text) {
    std::vector<std::string> words;
    for (const auto part : split(text, ','))
        for (const auto word : split(part, ';'))
            if (!trimmed(word).empty()) words.emplace_back(trimmed(word));
    return words;
}

std::optional<bool> parse_flag(std::string_view text) {
    for (const std::string_view word : {"yes", "true", "1"})
        if (text == word) return true;
    for (const std::string_view word : {"no", "false", "0"})
        if (text == word) return false;
    return std::nullopt;
}

// A formula that was made harmless by an apostrophe in front (form.h).
std::string_view unprotected(std::string_view text) {
    if (text.size() > 1 && text[0] == '\'' &&
        std::string_view("=+-@\t'").find(text[1]) != std::string_view::npos)
        text.remove_prefix(1);
    return text;
}

}  // namespace

Result<Value> parse_cell(std::string_view field, std::string_view text) {
    if (contains(lists, field)) return Value(parse_list(text));
    if (contains(times, field)) {
        if (text == "never") return Value(std::int64_t{-1});
        if (const auto time = parse_time(text)) return Value(*time);
        return wrong(field, text, "a time such as 2027-03-31 or 2027-03-31T14:30:00Z");
    }
    if (field == "uid") {
        const auto number = parse_number(text);
        if (number && *number <= UINT32_MAX) return Value(static_cast<std::int64_t>(*number));
        return wrong(field, text, "a number");
    }
    if (field == "must_change") {
        if (const auto flag = parse_flag(text)) return Value(*flag);
        return wrong(field, text, "yes or no");
    }
    return Value(std::string(unprotected(text)));
}

}  // namespace userd
