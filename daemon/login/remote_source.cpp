// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/remote_source.h"

#include "daemon/model/origin.h"

namespace userd {

const LdapSource* find_remote_source(const Config& config, std::string_view source) {
    return config.find_ldap(server_of(source));  // "": of no source
}

std::optional<Time> offline_until(const Config& config, const User& user,
                                  const store::OfflinePassword& kept) {
    const LdapSource* source = find_remote_source(config, user.source);
    if (source == nullptr || source->offline_max_age == Duration{}) return std::nullopt;
    return kept.checked_at + source->offline_max_age;
}

}  // namespace userd
