// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <string_view>

#include "common/base/result.h"
#include "daemon/check/finding.h"
#include "daemon/model/user.h"

namespace userd {

class Scene;

// One row of the table of rules. A rule looks at each user in turn, or at the directory as a whole.
struct Rule {
    std::string_view name;  // stable: scripts and monitoring use it
    Severity severity;
    std::string_view meaning;  // one sentence
    std::string_view repair;   // what `repair` does; empty: it is left to the admin
    Result<void> (*look_at_user)(Scene& scene, const User& user) = nullptr;
    Result<void> (*look_at_all)(Scene& scene) = nullptr;
};

// All rules, as docs/reference/check.md lists them.
std::span<const Rule> all_rules();
const Rule* find_rule(std::string_view name);

}  // namespace userd
