// SPDX-License-Identifier: LGPL-2.1-or-later
// Readers that the keys of userd.yaml share.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/config/keys.h"
#include "daemon/config/scalars.h"

namespace userd {

using Problems = std::vector<KeyProblem>;

// Reads one scalar with `parse` and hands the value to `put`.
template <typename Parse, typename Put>
Problems scalar(const YamlNode& node, Parse parse, Put put) {
    if (node.kind != YamlNode::Kind::scalar) return {{&node, "one value is expected here"}};
    auto value = parse(std::string_view(node.text));
    if (!value) return {{&node, value.error().message}};
    put(std::move(*value));
    return {};
}

// Reads a list, or one value in place of a list of one.
template <typename Parse, typename T>
Problems list(const YamlNode& node, Parse parse, std::vector<T>& into) {
    std::vector<T> values;
    Problems problems;
    auto add = [&](const YamlNode& item) {
        auto found = scalar(item, parse, [&](T value) { values.push_back(std::move(value)); });
        problems.insert(problems.end(), found.begin(), found.end());
    };
    if (node.kind == YamlNode::Kind::sequence)
        std::for_each(node.items.begin(), node.items.end(), add);
    else if (node.kind == YamlNode::Kind::scalar)
        add(node);
    else
        return {{&node, "a list is expected here"}};
    if (problems.empty()) into = std::move(values);
    return problems;
}

inline auto duration(Duration least, Duration most) {
    return [=](std::string_view text) -> Result<Duration> {
        const Duration value = TRY(parse_duration(text));
        if (value < least || value > most)
            return fail(Errc::invalid, "{} is not within {} to {}", to_text(value), to_text(least),
                        to_text(most));
        return value;
    };
}

Result<std::string> any_text(std::string_view text);
Result<std::string> group_name(std::string_view text);  // or a user's: what a lookup accepts

// login.rules (login_rules.cpp)
Problems read_rules(const YamlNode& node, Config& config);
std::string show_rules(const Config& config);
// login.access (login_access.cpp)
Problems read_access_lines(const YamlNode& node, std::vector<AccessLine>& into);
Problems read_access(const YamlNode& node, Config& config);
std::string show_access(const Config& config);

}  // namespace userd
