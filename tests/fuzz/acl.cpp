// SPDX-License-Identifier: LGPL-2.1-or-later
// The ACL of a file, of any bytes: it never grows, what is no ACL stays to the byte, and one that was changed
// says nothing of the old user where it named the user once.
#include "daemon/homes/acl.h"

#include <cstdlib>

using namespace userd::homes;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view acl(reinterpret_cast<const char*>(data), size);
    const AclChange change{70001, 70002, 70001, 70002};
    const auto changed = change_acl(acl, change);
    if (changed.size() > acl.size()) abort();
    if (changed == acl && acl_names_user(acl, change.uid)) abort();
    if (changed != acl && change_acl(changed, {1, 1, 1, 1}) != changed) abort();
    return 0;
}
