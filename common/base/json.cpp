// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/base/json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace userd {

void append_json_string(std::string& json, std::string_view text) {
    const bool is_plain = std::all_of(text.begin(), text.end(), [](char c) {
        return c >= ' ' && c <= '~' && c != '"' && c != '\\';  // nothing to escape, and no UTF-8 to check
    });
    if (is_plain)
        json.append(1, '"').append(text).append(1, '"');
    else
        json += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace userd
