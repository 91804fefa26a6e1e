// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "daemon/bulk/export.h"
#include "daemon/bus/call.h"

namespace userd::bus {

// Export and ExportPasswords of org.userd1.Manager: the directory, or a set of it, through a pipe.
class ExportObject {
 public:
    explicit ExportObject(Core& core) : core_(core) {}
    static Result<ExportObject> find(Core& core, const Call&) { return ExportObject(core); }
    static Result<ExportObject> at(Core& core, std::string_view) { return ExportObject(core); }
    ObjectId id() const { return {}; }
    bool belongs_to(const Call&) const { return false; }

    Result<void> export_all(Call& call);
    Result<void> export_passwords(Call& call);

 private:
    Result<ExportRequest> request_of(const Fields& options) const;
    Result<void> write(Call& call, Fd pipe, std::unique_ptr<ByteSource> source);
    Core& core_;
};

}  // namespace userd::bus
