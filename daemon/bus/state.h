// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "daemon/bus/core.h"

namespace userd::bus {

class Call;

// Apply of org.userd1.Manager: what state files ask for comes through a pipe, what was done goes back as
// JSON.
class StateObject {
 public:
    static Result<StateObject> find(Core& core, const Call&) { return StateObject(core); }
    ObjectId id() const { return {}; }
    bool belongs_to(const Call&) const { return false; }

    Result<void> apply(Call& call);

 private:
    explicit StateObject(Core& core) : core_(core) {}
    Core& core_;
};

}  // namespace userd::bus
