// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "daemon/model/value.h"

namespace userd::ctl {

// A row of the audit trail with what its detail says beside it: count, changes, and for people where a login
// came from.
Fields readable_row(Fields row, bool for_people);
// "2026-11-20T08:14:00Z #12 root user.update user:alice: shell: /bin/sh → /bin/bash": one row as log -f shows
// it.
std::string log_line(const Fields& row, std::string_view time);

}  // namespace userd::ctl
