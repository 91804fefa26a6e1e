// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/directory/name_rule.h"

#include "common/base/text.h"
#include "common/names.h"

namespace userd {

namespace {

std::optional<std::regex> compile(const std::string& pattern) {
    try {
        return std::regex(pattern, std::regex::ECMAScript | std::regex::optimize);
    } catch (const std::regex_error&) {
        return std::nullopt;
    }
}

}  // namespace

NameRule::NameRule(const Config& config)
    : min_(config.users.name_min),
      max_(config.users.name_max),
      pattern_(config.users.name_pattern),
      regex_(compile(pattern_)) {}

Result<void> NameRule::check(std::string_view name) const {
    const auto refuse = [&](std::string why) {
        return fail(Error{Errc::invalid,
                          fmt::format("\"{}\" cannot be a name: {}", escaped(name.substr(0, 64)), why),
                          "a name such as alice or web-1", "name"});
    };
    if (name.size() < min_ || name.size() > max_)
        return refuse(fmt::format("it must have {} to {} characters (users.name in userd.yaml)", min_, max_));
    if (!is_lookup_name(name)) return refuse("no tool on the host would take it for one");
    if (!regex_ || !std::regex_match(name.begin(), name.end(), *regex_))
        return refuse(fmt::format("it must match {} (users.name in userd.yaml)", pattern_));
    return {};
}

}  // namespace userd
