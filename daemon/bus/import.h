// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "daemon/bus/call.h"

namespace userd::bus {

// Import of org.userd1.Manager: users from a CSV file that comes through a pipe.
class ImportObject {
 public:
    explicit ImportObject(Core& core) : core_(core) {}
    static Result<ImportObject> find(Core& core, const Call&) { return ImportObject(core); }
    static Result<ImportObject> at(Core& core, std::string_view) { return ImportObject(core); }
    ObjectId id() const { return {}; }
    bool belongs_to(const Call&) const { return false; }

    Result<void> import(Call& call);

 private:
    Core& core_;
};

}  // namespace userd::bus
