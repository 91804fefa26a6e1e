// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "daemon/model/value.h"
#include "daemon/runtime/clock.h"

// Values from outside as the types the rules work with. `field` names them in errors. Null and the empty text
// clear: an empty text, no time, no list.
namespace userd {

Result<std::string> read_text(const Value& value, std::string_view field);
Result<bool> read_flag(const Value& value, std::string_view field);
Result<std::int64_t> read_number(const Value& value, std::string_view field);
Result<std::optional<Time>> read_time(const Value& value,
                                      std::string_view field);  // seconds; negative clears
Result<std::vector<std::string>> read_list(const Value& value, std::string_view field);

}  // namespace userd
