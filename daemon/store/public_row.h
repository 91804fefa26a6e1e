// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>

#include "daemon/model/public.h"
#include "daemon/store/database.h"

// How the queries of this folder read the public facts.
namespace userd::store {

// Users and groups of a directory server are left out of enumerations, unless its source says otherwise.
#define USERD_LISTED(ROW)                                                                \
    ROW ".source = 'local' OR EXISTS (SELECT 1 FROM remote_sources r WHERE r.tag = " ROW \
        ".source AND "                                                                   \
        "r.enumerate <> 0)"
#define USERD_PUBLIC_USER_COLUMNS \
    "u.uid, COALESCE(pg.gid, u.uid), u.name, u.display_name, u.home, u.shell, " USERD_LISTED("u")

inline void read_public_user(const Query& row, PublicUser& user) {
    user.uid = static_cast<std::uint32_t>(row.integer(0));
    user.gid = static_cast<std::uint32_t>(row.integer(1));
    user.name = row.text(2);
    user.display_name = row.text(3);
    user.home = row.text(4);
    user.shell = row.text(5);
    user.listed = row.integer(6) != 0;
    user.groups.clear();
}

// The primary group is not a supplementary one, even where both were asked for.
inline void add_public_membership(PublicUser& user, std::int64_t gid, std::int64_t until) {
    if (static_cast<std::uint32_t>(gid) != user.gid)
        user.groups.push_back({static_cast<std::uint32_t>(gid), until});
}

inline void sort_memberships(PublicUser& user) {
    std::sort(user.groups.begin(), user.groups.end(),
              [](const auto& a, const auto& b) { return a.gid < b.gid; });
}

}  // namespace userd::store
