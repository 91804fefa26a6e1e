// SPDX-License-Identifier: LGPL-2.1-or-later
// What login.rules and login.access have in common.
#pragma once

#include "daemon/config/key_readers.h"

namespace userd {

// Reads service or network; false: the key is another.
bool read_place(std::string_view key, const YamlNode& value, LoginLine& line, Problems& problems);
// Reads users, groups or roles.
bool read_people(std::string_view key, const YamlNode& value, LoginLine& line, Problems& problems);

KeyProblem unknown_key(const YamlNode& key, std::string_view of, const std::vector<std::string_view>& known);

// "sshd, sudo from 10.0.0.0/8"; "users alice; groups web". Empty: everywhere, everyone.
std::string show_place(const LoginLine& line);
std::string show_people(const LoginLine& line);
std::string show_require(const LoginRule& rule);  // "[key, totp] or [password, totp]"

}  // namespace userd
