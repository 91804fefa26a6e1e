// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/findings.h"

#include <nlohmann/json.hpp>

#include "common/base/text.h"

namespace userd::ctl {
namespace {

Fields to_fields(std::string_view line) {
    Fields record;
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (!json.is_object()) return record;
    for (const auto& [name, value] : json.items()) {
        if (value.is_boolean()) record[name] = value.get<bool>();
        if (value.is_number_integer()) record[name] = value.get<std::int64_t>();
        if (value.is_string()) record[name] = value.get<std::string>();
    }
    return record;
}

}  // namespace

std::vector<Fields> read_findings(std::string_view text) {
    std::vector<Fields> findings;
    for (const std::string_view line : split(text, '\n'))
        if (!line.empty()) findings.push_back(to_fields(line));
    return findings;
}

}  // namespace userd::ctl
