// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "common/base/result.h"
#include "daemon/model/user.h"
#include "daemon/model/value.h"
#include "daemon/store/groups.h"
#include "daemon/store/roles.h"
#include "daemon/store/users.h"

namespace userd {

// The tables that a record is read from: of the store, or of a reader on a worker.
struct RecordTables {
    store::Users& users;
    store::Groups& groups;
    store::Roles& roles;
};

// All fields of an object by their names, without those that the credentials keep; what is not set is left
// out.
Result<Fields> make_record(const RecordTables& store, const User& user, Time now, bool with_private);
// With administrators, and with the first members by name: `member_count` tells of more than these.
enum class MembersShown { none, some, all };
inline constexpr std::uint64_t some_members = 1000;
Result<Fields> make_record(const RecordTables& store, const Group& group, Time now, MembersShown members);

}  // namespace userd
