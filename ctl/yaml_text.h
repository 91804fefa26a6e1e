// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace userd::ctl {

// A table of values as YAML: one key a line, tables nested, lists in brackets. A text stands without quotes
// only where every reader of YAML takes it for that text: 0755, on and 2026-01-01 are quoted.
std::string to_yaml(const nlohmann::ordered_json& table);

}  // namespace userd::ctl
