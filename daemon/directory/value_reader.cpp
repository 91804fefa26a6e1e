// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/directory/value_reader.h"

#include "common/base/text.h"

namespace userd {

namespace {

constexpr std::int64_t latest_second =
    253402300799;  // 9999-12-31T23:59:59Z, the last that RFC 3339 can write

Failure wrong_type(std::string_view field, std::string_view wanted) {
    return fail(Error{Errc::invalid, fmt::format("{} must be {}", field, wanted), "", std::string(field)});
}

}  // namespace

Result<std::string> read_text(const Value& value, std::string_view field) {
    if (std::holds_alternative<std::monostate>(value)) return std::string();
    if (const auto* text = std::get_if<std::string>(&value)) return *text;
    return wrong_type(field, "a text");
}

Result<bool> read_flag(const Value& value, std::string_view field) {
    if (const auto* flag = std::get_if<bool>(&value)) return *flag;
    return wrong_type(field, "true or false");
}

Result<std::int64_t> read_number(const Value& value, std::string_view field) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
    return wrong_type(field, "a number");
}

Result<std::optional<Time>> read_time(const Value& value, std::string_view field) {
    if (std::holds_alternative<std::monostate>(value)) return std::nullopt;
    if (const auto* text = std::get_if<std::string>(&value); text != nullptr && text->empty())
        return std::nullopt;
    const auto* seconds = std::get_if<std::int64_t>(&value);
    if (seconds == nullptr) return wrong_type(field, "a time in seconds since 1970");
    if (*seconds < 0) return std::nullopt;
    if (*seconds > latest_second) return wrong_type(field, "a time before the year 10000");
    return from_unix(*seconds);
}

Result<std::vector<std::string>> read_list(const Value& value, std::string_view field) {
    if (std::holds_alternative<std::monostate>(value)) return std::vector<std::string>();
    if (const auto* list = std::get_if<std::vector<std::string>>(&value)) return *list;
    if (const auto* text = std::get_if<std::string>(&value); text != nullptr && text->empty())
        return std::vector<std::string>();
    return wrong_type(field, "a list of texts");
}

}  // namespace userd
