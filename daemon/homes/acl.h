// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace userd::homes {

// The bytes of a POSIX ACL as its attribute has them (linux/posix_acl_xattr.h): a version, then entries of
// tag, permissions and id, all little endian. They may be any bytes: files carry them about.

bool acl_names_user(std::string_view acl, std::uint32_t uid);

struct AclChange {
    std::uint32_t uid = 0, to_uid = 0, gid = 0, to_gid = 0;
};
// The entries of user and group, for the new ones. Who has an entry already gets what both allow. As it was
// where nothing is to be done, and where the bytes are no ACL.
std::string change_acl(std::string_view acl, const AclChange& change);

}  // namespace userd::homes
