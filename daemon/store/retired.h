// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "daemon/model/user.h"

namespace userd::store {

class Database;

// Numbers and names that were ours once. A number never comes back, a name not before its time.
class Retired {
 public:
    explicit Retired(Database& database) : database_(database) {}

    enum class Kind { user, group };
    // Inside a Change.
    Result<void> bury(Kind kind, std::uint32_t number, std::string_view name, ObjectId object, Time now,
                      std::uint64_t generation, std::string_view source = "local");
    Result<void> hold_name(std::string_view name, Time until, std::string_view why, ObjectId owner);
    Result<void> free_name(std::string_view name);
    // A number that went back to the host with its account may come again with it. False: it is no dead
    // user's of that name.
    Result<bool> revive(std::uint32_t number, std::string_view name);
    // A number that a directory server gives again is its own to give. False: it was nobody's before.
    Result<bool> unbury(Kind kind, std::uint32_t number, std::string_view source);

    struct Held {
        Time until;
        std::string why;  // deleted or renamed
        ObjectId owner;   // whose it was
    };
    Result<std::optional<Held>> held_name(std::string_view name, Time now);

    // Whether a user, a group or a tombstone of ours has the number.
    Result<bool> is_taken(std::uint32_t number);
    // The highest number of ours, dead ones too, within the range; none: nothing of it was ever given out.
    Result<std::optional<std::uint32_t>> highest(std::uint32_t first, std::uint32_t last);

 private:
    Database& database_;
};

}  // namespace userd::store
