// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <string>

#include "daemon/ldap/schema.h"

namespace userd::ldap {

// Where the entries stand that others stand below. A server tells of the one that was renamed or moved, and
// of none below it (slapd-mdb(5): their DNs are kept once, with it), so all has to be asked for then.
class Containers {
 public:
    enum class Seen { first, same, moved };
    Seen see(const LdapContainer& container) {
        const auto [known, is_new] = dns_.try_emplace(std::string(container.uuid), container.dn);
        if (is_new) return Seen::first;
        if (known->second == container.dn) return Seen::same;
        known->second = container.dn;
        return Seen::moved;
    }

 private:
    std::map<std::string, std::string> dns_;  // by key
};

}  // namespace userd::ldap
