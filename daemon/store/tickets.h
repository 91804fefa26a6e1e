// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "daemon/model/user.h"

namespace userd::store {

class Database;

// What is known of the tries at one account from one source. The rules that move it are daemon/login/lockout.
struct Counter {
    unsigned failures = 0;  // wrong tries since the last right one or the last lock-out
    unsigned open = 0;      // tries under way
    unsigned total = 0;     // consecutive wrong tries
    unsigned locks = 0;     // lock-outs in a row
    std::optional<Time> locked_until;
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
    Result<std::vector<Row>> list_open() const;  // with open > 0: left by a crash, at start
    Result<std::optional<Time>> locked_until(ObjectId user) const;  // the latest of all its counters
    Result<bool> clear(ObjectId user);                              // false: there was nothing

 private:
    Database& database_;
};

}  // namespace userd::store
