// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "common/base/result.h"
#include "daemon/model/user.h"
#include "daemon/model/words.h"

namespace userd {

enum class AdoptedThing { passwd, authenticator };
enum class AdoptionState {
    taking,     // recorded here; the host has it still, or half of it
    taken,      // the host has let go
    returning,  // the host gets it back
};

template <>
struct Words<AdoptedThing> {
    static constexpr std::pair<AdoptedThing, std::string_view> table[] = {
        {AdoptedThing::passwd, "passwd"}, {AdoptedThing::authenticator, "authenticator"}};
};
template <>
struct Words<AdoptionState> {
    static constexpr std::pair<AdoptionState, std::string_view> table[] = {
        {AdoptionState::taking, "taking"},
        {AdoptionState::taken, "taken"},
        {AdoptionState::returning, "returning"}};
};

namespace store {

class Database;

// What was taken over from the host, and how far that has come: what a crash leaves is finished from here.
class Adoptions {
 public:
    explicit Adoptions(Database& database) : database_(database) {}

    struct Row {
        AdoptionState state = AdoptionState::taking;
        Time at;
    };
    Result<std::optional<Row>> find(ObjectId user, AdoptedThing what);
    Result<std::vector<ObjectId>> all(AdoptedThing what);
    Result<std::set<ObjectId>> unsettled(AdoptedThing what);  // taking or returning

    // Inside a Change.
    Result<void> put(ObjectId user, AdoptedThing what, AdoptionState state, Time now);
    Result<void> remove(ObjectId user, AdoptedThing what);

 private:
    Database& database_;
};

}  // namespace store
}  // namespace userd
