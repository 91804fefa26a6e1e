// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/runtime/pulse.h"

#include <systemd/sd-daemon.h>

namespace userd {

void Pulse::beat() {
    const auto now = std::chrono::steady_clock::now();
    if (now < next_) return;
    next_ = now + std::chrono::seconds(1);
    sd_notify(0, "WATCHDOG=1");
}

}  // namespace userd
