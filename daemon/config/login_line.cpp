// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/config/login_line.h"

#include <fmt/ranges.h>

#include "common/base/text.h"
#include "daemon/config/scalars.h"

namespace userd {
namespace {

template <typename Parse, typename T>
bool read_list(const YamlNode& value, Parse parse, std::vector<T>& into, Problems& problems) {
    auto more = list(value, parse, into);
    if (more.empty() && into.empty())
        more = {{&value, "an empty list matches nothing: leave the key out to match everything"}};
    problems.insert(problems.end(), more.begin(), more.end());
    return true;
}

}  // namespace

bool read_place(std::string_view key, const YamlNode& value, LoginLine& line, Problems& problems) {
    if (key == "service") return read_list(value, any_text, line.services, problems);
    if (key == "network") return read_list(value, parse_network, line.networks, problems);
    return false;
}

bool read_people(std::string_view key, const YamlNode& value, LoginLine& line, Problems& problems) {
    if (key == "users") return read_list(value, group_name, line.users, problems);
    if (key == "groups") return read_list(value, group_name, line.groups, problems);
    if (key == "roles") return read_list(value, group_name, line.roles, problems);
    return false;
}

KeyProblem unknown_key(const YamlNode& key, std::string_view of, const std::vector<std::string_view>& known) {
    const auto near = nearest_word(key.text, known);
    return {&key, fmt::format("unknown key \"{}\" in {}.{}", escaped(key.text), of,
                              near.empty() ? "" : fmt::format(" Did you mean \"{}\"?", near))};
}

std::string show_place(const LoginLine& line) {
    std::vector<std::string> networks;
    for (const Network& network : line.networks) networks.push_back(to_text(network));
    std::string text = fmt::format("{}", fmt::join(line.services, ", "));
    if (!networks.empty())
        text += fmt::format("{}from {}", text.empty() ? "" : " ", fmt::join(networks, ", "));
    return text;
}

std::string show_people(const LoginLine& line) {
    std::string text;
    const auto add = [&](std::string_view what, const std::vector<std::string>& names) {
        if (!names.empty())
            text += fmt::format("{}{} {}", text.empty() ? "" : "; ", what, fmt::join(names, ", "));
    };
    add("users", line.users);
    add("groups", line.groups);
    add("roles", line.roles);
    return text;
}

}  // namespace userd
