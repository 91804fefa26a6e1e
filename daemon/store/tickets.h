// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "daemon/model/lock_end.h"
#include "daemon/model/user.h"

namespace userd::store {

class Database;

// What is known of the tries at one account from one source. The rules that move it are daemon/login/lockout.
struct Counter {
    unsigned failures = 0;             // wrong tries since the last right one or the last lock-out
    unsigned open = 0;                 // tries under way
    unsigned total = 0;                // consecutive wrong tries, lock-outs or not
    unsigned locks = 0;                // lock-outs in a row
    std::optional<Time> locked_until;  // until_unlocked: only an admin ends it
    std::optional<Time> last_failure;
    bool operator==(const Counter&) const = default;
};

// The tables tickets and known_sources. Writes belong inside a Change.
class Tickets {
 public:
    explicit Tickets(Database& database) : database_(database) {}

    // The row's source for tries from `source`: itself when a right login came from it since `since`, or when
    // it is "local": what floods in from the network must not keep anybody from sudo. Else "".
    Result<std::string> counter_of(ObjectId user, std::string_view source, Time since) const;
    Result<Counter> find(ObjectId user, std::string_view counter) const;  // all zero when there is none
    Result<void> put(ObjectId user, std::string_view counter, const Counter& value);
    // As much work for the disk as `put`, for a name that is nobody's.
    Result<void> put_decoy(Time now);

    // Remembers a source of a right login, and forgets all but the newest `keep`.
    Result<void> know_source(ObjectId user, std::string_view source, Time now, unsigned keep);

    struct Row {
        ObjectId user;
        std::string counter;
        Counter value;
    };
    // Left by a crash, at start: with open > 0, or locked until after `latest` and not until_unlocked.
    Result<std::vector<Row>> list_unsettled(Time latest) const;
    // The ends of all lock-outs, but for until_unlocked, move along with a wall clock that was set.
    Result<void> move_locks(Duration by, Time latest);
    Result<std::optional<Time>> locked_until(ObjectId user) const;  // the latest of all its counters
    Result<bool> clear(ObjectId user);                              // false: there was nothing

    struct Locked {
        std::uint64_t accounts = 0;  // with a counter that is locked
        std::uint64_t stopped = 0;   // of them, until_unlocked
    };
    Result<Locked> count_locked(Time now) const;

 private:
    Database& database_;
};

}  // namespace userd::store
