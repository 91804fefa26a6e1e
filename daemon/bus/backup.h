// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "daemon/bus/call.h"

namespace userd::bus {

// Backup and restore on the Manager.
class BackupObject {
 public:
    explicit BackupObject(Core& core) : core_(core) {}
    static Result<BackupObject> find(Core& core, const Call&) { return BackupObject(core); }
    ObjectId id() const { return {}; }
    bool belongs_to(const Call&) const { return false; }

    Result<void> backup(Call& call);
    Result<void> check(Call& call);
    Result<void> restore(Call& call);

 private:
    Core& core_;
};

}  // namespace userd::bus
