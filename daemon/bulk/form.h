// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/model/value.h"

// One value as files hold it: the same in CSV and JSON as userctl shows it.
namespace userd {

std::string rfc3339(std::int64_t seconds);  // "2026-11-20T08:14:00Z"

// JSON text: times RFC 3339, metadata nested, what is not set null.
std::string json_text(std::string_view field, const Value& value);

// A cell with the quotes that RFC 4180 asks for; lists joined by ','. A text that a spreadsheet would take
// for a formula (= + - @ or a tab in front, in a field that people write freely) gets a ' in front, which
// `import` takes off again.
std::string csv_cell(std::string_view field, const Value& value);

}  // namespace userd
