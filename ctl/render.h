// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/model/value.h"

namespace userd::ctl {

// How one value or one record looks, in each form. No state, no output: bytes in, text out.

// A value for a person: "-" for none, "never" for a time that does not come, lists joined by commas, times
// friendly (`friendly`) or RFC 3339. Control characters are shown as \xNN: a name cannot repaint the
// terminal.
std::string shown(std::string_view field, const Value& value, bool friendly, std::int64_t now);
// The value of `field` in `record`; null when it is not there.
const Value& value_of(const Fields& record, std::string_view field);

// Times RFC 3339, metadata nested, what is not set null. Keys keep the order of the field table.
nlohmann::ordered_json to_json(std::string_view field, const Value& value);
// `object` is the letter of ctl/field.h: all its fields stand in the object, those without a value as null.
// '\0': only what the record has.
nlohmann::ordered_json to_json(const Fields& record, char object);
nlohmann::ordered_json to_json(const Fields& record, std::span<const std::string> columns);
// A text as it may stand on a terminal; one of the shape `escaped` is shown as it is.
std::string shown_text(std::string_view field, std::string_view text);
// JSON text of any value. What JSON lets stand raw and a terminal obeys (DEL, C1 controls) is escaped.
std::string to_text(const nlohmann::ordered_json& value, int indent = -1);

std::string csv_line(std::span<const std::string> cells);          // RFC 4180, with "\r\n"
std::string csv_cell(std::string_view field, const Value& value);  // as in JSON; lists joined by ','
// LAST LOGIN for last_login.
std::string heading(std::string_view field);

// Rows under headings, two spaces between columns, no trailing spaces; rows are as long as headings.
std::string table(std::span<const std::string> headings, std::span<const std::vector<std::string>> rows,
                  bool with_headings, bool bold);
// "1,204"
std::string grouped(std::uint64_t number);

}  // namespace userd::ctl
