// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bus/record.h"

#include <algorithm>

#include "daemon/directory/fields.h"

namespace userd::bus {
namespace {

// The end of year 9999: what every tool can print.
constexpr std::int64_t max_time_seconds = 253'402'300'799;
constexpr std::int64_t max_duration_seconds = 10LL * 366 * 24 * 3600;

// The value under a name; null when it is absent or null.
const Value* find_value(const Fields& fields, std::string_view name) {
    const auto at = fields.find(name);
    if (at == fields.end() || std::holds_alternative<std::monostate>(at->second)) return nullptr;
    return &at->second;
}

template <typename T>
Result<std::optional<T>> optional_value(const Fields& options, std::string_view name, const char* kind) {
    const Value* value = find_value(options, name);
    if (value == nullptr) return std::nullopt;
    const T* held = std::get_if<T>(value);
    if (held == nullptr)
        return fail(Error{Errc::invalid, fmt::format("{} is a {}", name, kind), {}, std::string(name)});
    return *held;
}

}  // namespace

Result<Fields> user_record(Core& core, const User& user, bool with_private) {
    Fields record = TRY(core.directory.user_record(user, with_private));
    if (with_private) record.merge(TRY(core.credentials.record(user.id)));
    return record;
}

Result<void> reply_change(Call& call, const Outcome& outcome, bool with_private) {
    if (with_private) return call.reply(outcome.changed, outcome.record);
    Fields seen = outcome.record;
    std::erase_if(seen, [](const auto& entry) {
        const auto* field = find_user_field(entry.first);
        return field != nullptr && field->is_private;
    });
    return call.reply(outcome.changed, seen);
}

std::uint32_t number_in(const Fields& record, std::string_view name) {
    const Value* value = find_value(record, name);
    const auto* number = value != nullptr ? std::get_if<std::int64_t>(value) : nullptr;
    return number != nullptr ? static_cast<std::uint32_t>(*number) : 0;
}

std::string text_in(const Fields& record, std::string_view name) {
    const Value* value = find_value(record, name);
    const auto* text = value != nullptr ? std::get_if<std::string>(value) : nullptr;
    return text != nullptr ? *text : std::string();
}

Result<std::optional<std::int64_t>> optional_number(const Fields& options, std::string_view name) {
    return optional_value<std::int64_t>(options, name, "number");
}
Result<std::optional<bool>> optional_flag(const Fields& options, std::string_view name) {
    return optional_value<bool>(options, name, "boolean");
}
Result<std::string> optional_text(const Fields& options, std::string_view name) {
    return TRY(optional_value<std::string>(options, name, "string")).value_or("");
}

Result<Duration> duration_of(std::int64_t seconds, std::string_view name) {
    if (seconds < 1 || seconds > max_duration_seconds)
        return fail(Error{Errc::invalid, fmt::format("{} is out of range", name), {}, std::string(name)});
    return std::chrono::seconds(seconds);
}

Result<std::optional<Time>> time_in(const Fields& options, std::string_view name) {
    const auto seconds = TRY(optional_number(options, name));
    if (!seconds) return std::nullopt;
    if (*seconds < 0 || *seconds > max_time_seconds)
        return fail(Error{Errc::invalid, fmt::format("{} is out of range", name), {}, std::string(name)});
    return from_unix(*seconds);
}

}  // namespace userd::bus
