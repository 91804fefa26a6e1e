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

// Set before sshd is changed. `undo` is what the process of our own calls; an earlier one finds the trial
// that it was started for gone, and does nothing.
Answer<void> arm_rollback(std::int64_t at, std::int64_t now, const std::function<void()>& undo);
void disarm_rollback();  // also when there is none

}  // namespace userd::ctl
