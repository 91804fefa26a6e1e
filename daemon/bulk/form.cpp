// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bulk/form.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <nlohmann/json.hpp>

#include "daemon/runtime/clock.h"

namespace userd {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 9> times{"suspended_until", "enrol_until", "created_at",
                                                "updated_at",      "last_login",  "password_changed_at",
                                                "not_before",      "expires",     "locked_until"};

bool is_time(std::string_view field) {
    return std::find(times.begin(), times.end(), field) != times.end();
}

// Phone numbers begin with + and hold digits alone: no formula.
bool looks_like_formula(std::string_view field, std::string_view text) {
    return field != "phone" && !text.empty() &&
           std::string_view("=+-@\t'").find(text[0]) != std::string_view::npos;
}

Json to_json(std::string_view field, const Value& value) {
    if (const auto* flag = std::get_if<bool>(&value)) return *flag;
    if (const auto* number = std::get_if<std::int64_t>(&value))
        return is_time(field) ? Json(rfc3339(*number)) : Json(*number);
    if (const auto* list = std::get_if<std::vector<std::string>>(&value)) return *list;
    if (const auto* table = std::get_if<std::map<std::string, std::string>>(&value)) return *table;
    const auto* text = std::get_if<std::string>(&value);
    if (text == nullptr || text->empty()) return nullptr;
    if (field != "metadata") return *text;
    auto parsed = Json::parse(*text, nullptr, false);
    return parsed.is_discarded() ? Json(*text) : parsed;
}

std::string dumped(const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string plain(std::string_view field, const Value& value) {
    if (const auto* list = std::get_if<std::vector<std::string>>(&value)) {
        std::string text;
        for (const auto& word : *list) text += (text.empty() ? "" : ",") + word;
        return text;
    }
    const auto json = to_json(field, value);
    if (json.is_null()) return {};
    return json.is_string() ? json.get<std::string>() : dumped(json);
}

}  // namespace

std::string rfc3339(std::int64_t seconds) {
    using namespace std::chrono;
    const sys_seconds time{std::chrono::seconds(seconds)};
    const auto day = floor<days>(time);
    const year_month_day date(day);
    const hh_mm_ss clock(time - day);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::string json_text(std::string_view field, const Value& value) {
    return dumped(to_json(field, value));
}

std::string csv_cell(std::string_view field, const Value& value) {
    auto text = plain(field, value);
    if (std::holds_alternative<std::string>(value) && looks_like_formula(field, text))
        text.insert(0, 1, '\'');
    if (text.find_first_of(",;\"\r\n\t") == std::string::npos && text.find_first_of(' ') != 0) return text;
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + "\"";
}

}  // namespace userd
