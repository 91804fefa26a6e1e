// SPDX-License-Identifier: LGPL-2.1-or-later
// The rules of wrong tries: counters in, counters out. tickets.h moves them through the store.
#pragma once

#include <string>
#include <string_view>

#include "daemon/config/config.h"
#include "daemon/runtime/clock.h"
#include "daemon/store/tickets.h"

namespace userd {

struct LockoutRules {
    unsigned failures = 5;                         // at most so many tries at once, and wrong ones in a row
    Duration duration = std::chrono::minutes(15);  // of the first lock-out; each further one is twice as long
    Duration longest = std::chrono::hours(1);
    unsigned stop_after =
        100;  // so many in a row, lock-outs between them or not, stop all further ones; 0: never
    explicit LockoutRules(const Config& config)
        : failures(config.lockout.failures),
          duration(config.lockout.duration),
          longest(config.lockout.longest),
          stop_after(config.lockout.stop_after) {}
};

// Those of a counter in the store: a known source, or "local", is never stopped.
LockoutRules rules_of(const Config& config, std::string_view counter);

inline constexpr Duration source_memory = std::chrono::hours(24 * 30);  // a source stays known for so long
inline constexpr unsigned most_known_sources = 8;

// Where a try comes from: the /24 or /64 of the remote address, "local" without one, else the name in small
// letters (sshd may hand on a resolved name).
std::string source_of(std::string_view rhost);

bool is_locked(const store::Counter& counter, Time now);
bool is_stopped(const store::Counter& counter);  // locked until an admin acts
// Tickets to be had now; 0 also while locked.
unsigned free_tickets(const store::Counter& counter, const LockoutRules& rules, Time now);

store::Counter with_ticket(store::Counter counter);    // a try begins
store::Counter after_right(store::Counter counter);    // …and was right: all is forgiven but a stop
store::Counter after_neither(store::Counter counter);  // …and proved nothing: the ticket goes back, no more
store::Counter after_wrong(store::Counter counter, const LockoutRules& rules, Time now, unsigned tries = 1);
// Stopped, if there were too many wrong tries in a row by these rules.
store::Counter with_stop(store::Counter counter, const LockoutRules& rules);
// After the wall clock was set ahead by so much: a lock-out is a length of time, and one that is over stays
// over.
store::Counter after_clock_set(store::Counter counter, Duration by, Time latest);
// At start: the tries that a crash cut off count as one wrong try each, and no lock-out is longer than the
// longest, wherever the clock was meanwhile.
store::Counter after_crash(store::Counter counter, const LockoutRules& rules, Time now);

}  // namespace userd
