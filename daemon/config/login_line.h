// SPDX-License-Identifier: LGPL-2.1-or-later
// What login.rules and login.access have in common.
#pragma once

#include "daemon/config/key_readers.h"

namespace userd {

// Reads service or network; false: the key is another.
bool read_place(std::string_view key, const YamlNode& value, LoginLine& line, Problems& problems);
// Reads users, groups or roles.
bool read_people(std::string_view key, const YamlNode& value, LoginLine& line, Problems& problems);

// Reads a list of them, each by `read_one`; `into` stays as it was when there is a problem.
template <typename Line, typename ReadOne>
Problems read_lines(const YamlNode& node, std::vector<Line>& into, ReadOne read_one) {
    std::vector<Line> lines(node.items.size());
    Problems problems;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        auto more = read_one(node.items[i], lines[i]);
        problems.insert(problems.end(), more.begin(), more.end());
        lines[i].where = fmt::format("{}", node.items[i].line);  // the loader puts the file's name before it
    }
    if (problems.empty()) into = std::move(lines);
    return problems;
}

KeyProblem unknown_key(const YamlNode& key, std::string_view of, const std::vector<std::string_view>& known);

// "sshd, sudo from 10.0.0.0/8"; "users alice; groups web". Empty: everywhere, everyone.
std::string show_place(const LoginLine& line);
std::string show_people(const LoginLine& line);
std::string show_require(const LoginRule& rule);  // "[key, totp] or [password, totp]"

}  // namespace userd
