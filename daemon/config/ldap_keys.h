// SPDX-License-Identifier: LGPL-2.1-or-later
// The keys of one LDAP source: ldap.NAME.KEY.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/config/key_readers.h"

namespace userd {

struct LdapKey {
    std::string_view path;  // "bind.dn"
    std::string_view help;
    bool must_be_given;
    Problems (*read)(const YamlNode& value, LdapSource& source);
    std::string (*show)(const LdapSource& source);  // a YAML value, which parses back
};

std::span<const LdapKey> ldap_keys();
// What `attributes` may name: what is ours.
std::span<const std::string_view> ldap_attribute_names();
LdapSource default_ldap_source(std::string_view name);

// Reads ldap.NAME. Messages name the key. `set`: the keys that are given, with their lines.
Problems read_ldap_source(const YamlNode& name, const YamlNode& value, LdapSource& source,
                          std::map<std::string, unsigned>& set);
// "ldap.corp.bind.dn": could a file say so?
bool is_ldap_key(std::string_view path);
// Ranges that share ids, with each other or with ids.ranges.
std::vector<std::string> ldap_contradictions(const Config& config);

}  // namespace userd
