// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "daemon/bus/call.h"

namespace userd::bus {

// Who would get in, on the Manager: of all users, page by page.
class ExplainObject {
 public:
    explicit ExplainObject(Core& core) : core_(core) {}
    static Result<ExplainObject> find(Core& core, const Call&) { return ExplainObject(core); }
    ObjectId id() const { return {}; }
    bool belongs_to(const Call&) const { return false; }

    Result<void> explain_all(Call& call);

 private:
    Core& core_;
};

}  // namespace userd::bus
