// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/types.h>

#include <array>
#include <string>
#include <vector>

#include "daemon/homes/report.h"

namespace userd::homes {

struct Process {
    pid_t pid = 0;
    std::string command;  // bytes, as the process itself says
};
// All that have the uid in any role.
Result<std::vector<Process>> processes_of(std::uint32_t uid);

// Ends those that have it in every role; a program of somebody else's that the user started is left running.
Result<void> end_processes(std::uint32_t uid, Report& report);

}  // namespace userd::homes
