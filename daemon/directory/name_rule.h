// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <regex>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "daemon/config/config.h"

namespace userd {

// What new names of users and groups look like: `users.name` of the configuration, and in any case what a
// lookup accepts. Names that exist already are not held to it.
class NameRule {
 public:
    explicit NameRule(const Config& config);
    Result<void> check(std::string_view name) const;  // invalid, field "name"

 private:
    unsigned min_, max_;
    std::string pattern_;
    std::optional<std::regex> regex_;  // none: the pattern is not one; then no name fits
};

}  // namespace userd
