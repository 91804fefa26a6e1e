// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/ranges.h>

#include "common/base/text.h"
#include "daemon/config/login_line.h"

namespace userd {
namespace {

using Kind = YamlNode::Kind;

// allow: {users: […], groups: […], roles: […]}
Problems read_allow(const YamlNode& node, AccessLine& line) {
    if (node.kind != Kind::mapping || node.entries.empty())
        return {{&node, "who is allowed is a table: {groups: [ssh-users]}; left out: everyone"}};
    Problems problems;
    for (const auto& [key, value] : node.entries)
        if (!read_people(key.text, value, line, problems))
            problems.push_back(unknown_key(key, "allow", {"users", "groups", "roles"}));
    return problems;
}

Problems read_hours(const YamlNode& node, AccessLine& line) {
    std::vector<Hours> parts;
    Problems problems = list(node, Hours::parse, parts);
    if (problems.empty() && parts.empty())
        problems.push_back({&node, "an empty list would let nobody in: leave hours out for always"});
    for (const Hours& part : parts)
        if (line.hours)
            line.hours->add(part);
        else
            line.hours = part;
    return problems;
}

Problems read_line(const YamlNode& node, AccessLine& line) {
    if (node.kind != Kind::mapping || node.entries.empty())
        return {{&node, "a line is a table: {service: sshd, allow: {groups: [ssh-users]}}"}};
    Problems problems;
    for (const auto& [key, value] : node.entries) {
        LoginLine misplaced;
        Problems ignored, more;
        if (read_place(key.text, value, line, problems)) continue;
        if (key.text == "allow")
            more = read_allow(value, line);
        else if (key.text == "hours")
            more = read_hours(value, line);
        else if (read_people(key.text, value, misplaced, ignored))
            more = {{&key, fmt::format("who is let in stands under allow: {{{}: …}}", key.text)}};
        else
            more = {unknown_key(key, "a line of login.access", {"service", "network", "allow", "hours"})};
        problems.insert(problems.end(), more.begin(), more.end());
    }
    return problems;
}

}  // namespace

Problems read_access_lines(const YamlNode& node, std::vector<AccessLine>& into) {
    if (node.kind != Kind::sequence) return {{&node, "a list of lines is expected here"}};
    if (node.items.empty())
        return {{&node, "an empty list would let nobody in: leave it out to let in everyone who is active"}};
    return read_lines(node, into, read_line);
}

Problems read_access(const YamlNode& node, Config& config) {
    return read_access_lines(node, config.access);
}

std::string show_access(const Config& config) {
    if (config.access.empty()) return "everyone who is active";
    std::vector<std::string> lines;
    for (const AccessLine& line : config.access) {
        const auto place = show_place(line), people = show_people(line);
        lines.push_back(fmt::format("{}{}{}", place.empty() ? "" : place + ": ",
                                    people.empty() ? "everyone" : people,
                                    line.hours ? fmt::format(", {}", line.hours->text()) : ""));
    }
    return fmt::format("{}", fmt::join(lines, " | "));
}

}  // namespace userd
