// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/ranges.h>

#include "daemon/config/login_line.h"
#include "daemon/config/scalars.h"

namespace userd {
namespace {

using Kind = YamlNode::Kind;

constexpr Duration longest_memory = std::chrono::hours(24);

Problems read_factors(const YamlNode& node, std::vector<Factor>& into) {
    Problems problems = list(node, parse_factor, into);
    if (problems.empty() && into.empty()) problems.push_back({&node, "an empty list would let nobody in"});
    return problems;
}

// require: [password, totp], or alternatives: [[key, totp], [password, totp]]
Problems read_require(const YamlNode& node, std::vector<std::vector<Factor>>& into) {
    if (node.kind != Kind::sequence)
        return {{&node, "a list of factors is expected here (password, totp, key)"}};
    const bool alternatives = !node.items.empty() && node.items[0].kind == Kind::sequence;
    std::vector<std::vector<Factor>> found(alternatives ? node.items.size() : 1);
    Problems problems;
    for (std::size_t i = 0; i < found.size(); ++i) {
        auto more = read_factors(alternatives ? node.items[i] : node, found[i]);
        problems.insert(problems.end(), more.begin(), more.end());
    }
    if (problems.empty()) into = std::move(found);
    return problems;
}

Problems read_rule(const YamlNode& node, LoginRule& rule) {
    if (node.kind != Kind::mapping)
        return {{&node, "a rule is a table: {service: sshd, require: [password]}"}};
    Problems problems;
    bool has_require = false;
    for (const auto& [key, value] : node.entries) {
        if (read_place(key.text, value, rule, problems) || read_people(key.text, value, rule, problems))
            continue;
        Problems more;
        if (key.text == "require")
            more = read_require(value, rule.require);
        else if (key.text == "remember_mfa")
            more = scalar(value, duration(Duration{}, longest_memory),
                          [&](Duration time) { rule.remember_mfa = time; });
        else
            more = {
                unknown_key(key, "a login rule",
                            {"service", "network", "users", "groups", "roles", "require", "remember_mfa"})};
        has_require = has_require || key.text == "require";
        problems.insert(problems.end(), more.begin(), more.end());
    }
    if (!has_require)
        problems.push_back({&node, "a rule needs require: [password], [password, totp] or the like"});
    return problems;
}

}  // namespace

Problems read_rules(const YamlNode& node, Config& config) {
    if (node.kind != Kind::sequence) return {{&node, "a list of rules is expected here"}};
    if (node.items.empty())
        return {{&node, "an empty list of rules would let nobody in: leave login.rules out for the default"}};
    return read_lines(node, config.rules, read_rule);
}

std::string show_require(const LoginRule& rule) {
    std::vector<std::string> sets;
    for (const auto& set : rule.require) {
        std::vector<std::string_view> names;
        for (const Factor factor : set) names.push_back(to_text(factor));
        sets.push_back(fmt::format("[{}]", fmt::join(names, ", ")));
    }
    return fmt::format("{}", fmt::join(sets, " or "));
}

std::string show_rules(const Config& config) {
    std::vector<std::string> lines;
    for (const LoginRule& rule : config.rules) {
        const auto place = show_place(rule), people = show_people(rule);
        lines.push_back(fmt::format(
            "{}{}require {}{}", place.empty() ? "" : place + ": ", people.empty() ? "" : people + ": ",
            show_require(rule),
            rule.remember_mfa > Duration{} ? ", remember_mfa " + to_text(rule.remember_mfa) : ""));
    }
    return fmt::format("{}", fmt::join(lines, " | "));
}

}  // namespace userd
