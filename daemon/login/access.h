// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <vector>

#include "daemon/login/reason.h"
#include "daemon/login/rules.h"

namespace userd {

// Who may log in at all: by login.access, and by the `access` of the directory server that the account is of.
struct Access {
    const AccessLine* line = nullptr;  // that decided; none: no line speaks of the service, or none lets in
    Reason reason = Reason::none;      // not_allowed, outside_hours
};

// Where no line speaks of the service everyone may. Else the first line whose network and people match
// decides, by its hours; when none does, nobody else may. Without `now`: at whatever hour.
Access access_by(const std::vector<AccessLine>& lines, const Entrance& entrance, const Person& person,
                 std::optional<LocalTime> now);
// By both: login.access is asked first.
Access access_of(const Config& config, const Entrance& entrance, const Person& person,
                 std::optional<LocalTime> now);

}  // namespace userd
