// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string_view>

namespace userd {

// Where a user or a group comes from, as its `source` says: "local", made on this host, or "ldap:NAME", a
// mirror of the directory server that userd.yaml has under ldap.NAME.
inline constexpr std::string_view local_origin = "local", ldap_origin = "ldap:";

// "corp" of "ldap:corp"; empty for what is no mirror.
constexpr std::string_view server_of(std::string_view source) {
    return source.starts_with(ldap_origin) ? source.substr(ldap_origin.size()) : std::string_view();
}

// Of a User or a Group.
template <typename Object>
bool is_mirrored(const Object& object) {
    return !server_of(object.source).empty();
}

}  // namespace userd
