// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include "ctl/doctor/diagnosis.h"

namespace userd::ctl {

// What is known about the clock of this host. Codes are right for 90 seconds.
struct ClockFacts {
    std::int64_t now = 0;
    std::int64_t last_change = 0;  // of the snapshot, or a start of the daemon; 0: unknown
    bool is_kept = false;          // the kernel was told that somebody keeps it right
    bool is_own = false;           // a host's own clock, under systemd: a container has that of its host
};
Diagnosis judge_clock(const ClockFacts& facts);

}  // namespace userd::ctl
