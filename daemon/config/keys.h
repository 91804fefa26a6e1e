// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "daemon/config/config.h"
#include "daemon/config/yaml_tree.h"

namespace userd {

// What a key's reader finds wrong: at which node of the value, and what.
struct KeyProblem {
    const YamlNode* node;
    std::string message;
};

// One key of userd.yaml. The table is the whole truth: the reader, `config show` and the man page come from
// it.
struct ConfigKey {
    std::string_view path;  // "users.name.min"
    std::string_view help;  // one sentence
    // Puts the value into the configuration, or says what is wrong with it.
    std::vector<KeyProblem> (*read)(const YamlNode& value, Config& config);
    std::string (*show)(const Config& config);
};

std::span<const ConfigKey> config_keys();
// Whether a file may set it: one of the table, or of a source of the `ldap` section ("ldap.corp.base").
bool is_config_key(std::string_view path);

// What no single key can see: called when every key has been read.
std::vector<std::string> contradictions(const Config& config);

}  // namespace userd
