// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "ctl/problem.h"

namespace userd::ctl {

// What undoes a setup that nobody confirms. Where systemd runs, a timer unit that comes back after a reboot;
// elsewhere a process of our own, which does not.

// The two units, as they are written to /etc/systemd/system. `program`: userctl's path.
std::string rollback_timer_unit(std::int64_t at, std::int64_t seconds);
std::string rollback_service_unit(const std::string& program);

// What the process of our own calls: it ends when the trial that it was started for is over.
struct Trial {
    std::function<bool()> is_open;
    std::function<void()> undo;
};

// Set before sshd is changed, when the trial stands in the record.
Answer<void> arm_rollback(std::int64_t at, std::int64_t now, const Trial& trial);
void disarm_rollback();  // also when there is none

}  // namespace userd::ctl
