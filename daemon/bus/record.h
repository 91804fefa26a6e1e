// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/bus/call.h"

// Records and options by their fields' names.
namespace userd::bus {

// All that is known of an account: the directory's fields, and with the private ones those of its
// credentials.
Result<Fields> user_record(Core& core, const User& user, bool with_private);

// What a change of a user is answered with. Without `with_private` the record's private fields are left out:
// who may change an account may not for that read all of it.
Result<void> reply_change(Call& call, const Outcome& outcome, bool with_private);

// Of a record of ours: the field is there, or zero and empty.
std::uint32_t number_in(const Fields& record, std::string_view name);
std::string text_in(const Fields& record, std::string_view name);

// Of options from outside: absent is null; another type is `invalid`.
Result<std::optional<std::int64_t>> optional_number(const Fields& options, std::string_view name);
Result<std::optional<Time>> time_in(const Fields& options, std::string_view name);
Result<Duration> duration_of(std::int64_t seconds, std::string_view name);  // 1 s to 10 years
Result<std::string> optional_text(const Fields& options, std::string_view name);
Result<std::optional<bool>> optional_flag(const Fields& options, std::string_view name);

}  // namespace userd::bus
