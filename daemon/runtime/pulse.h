// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>

namespace userd {

// A sign of life for systemd's watchdog (sd_notify(3)) in a turn of the loop that takes long but gets on. The
// loop itself gives one between its turns. Main thread only: another thread's life says nothing.
class Pulse {
 public:
    void beat();  // at most one a second goes out; otherwise it costs a look at the clock

 private:
    std::chrono::steady_clock::time_point next_;
};

}  // namespace userd
