// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>

#include "daemon/model/user.h"
#include "daemon/store/columns.h"
#include "daemon/store/database.h"

// The columns of a user, in one order, for every query of this folder that gives whole users.
namespace userd::store {

#define USERD_USER_COLUMNS                                                                                  \
    "u.id, u.name, u.uid, u.primary_group, COALESCE(pg.gid, u.uid), u.first_name, u.last_name, "            \
    "u.display_name, "                                                                                      \
    "u.email, u.phone, u.shell, u.home, u.kind, u.state, u.state_reason, u.suspended_until, u.collides, "   \
    "u.mfa, "                                                                                               \
    "u.enrol_until, u.not_before, u.expires, u.expires_there, u.must_change, u.class, u.notify, u.source, " \
    "u.set_name, "                                                                                          \
    "u.created_by, u.metadata, u.created_at, u.updated_at, u.last_login, u.generation"
#define USERD_USER_TABLES " FROM users u LEFT JOIN groups pg ON pg.id = u.primary_group "

User read_user(const Query& row);

}  // namespace userd::store
