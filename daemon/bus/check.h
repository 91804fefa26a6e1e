// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "daemon/bus/call.h"

namespace userd::bus {

// Check and Repair of org.userd1.Manager: what is inconsistent goes through a pipe, one JSON object a line.
class CheckObject {
 public:
    explicit CheckObject(Core& core) : core_(core) {}
    static Result<CheckObject> find(Core& core, const Call&) { return CheckObject(core); }
    static Result<CheckObject> at(Core& core, std::string_view) { return CheckObject(core); }
    ObjectId id() const { return {}; }
    bool belongs_to(const Call&) const { return false; }

    Result<void> check(Call& call);
    Result<void> repair(Call& call);

 private:
    Core& core_;
};

}  // namespace userd::bus
