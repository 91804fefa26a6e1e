// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>

#include "daemon/bus/call.h"
#include "daemon/store/audit.h"

namespace userd::bus {

// The audit trail on the Manager. It is read on the worker for long jobs.
class AuditObject {
 public:
    explicit AuditObject(Core& core) : core_(core) {}
    static Result<AuditObject> find(Core& core, const Call&) { return AuditObject(core); }
    ObjectId id() const { return {}; }
    bool belongs_to(const Call&) const { return false; }

    Result<void> list(Call& call);
    Result<void> verify(Call& call);

 private:
    Core& core_;
};

// Reads the arguments of ListAudit but the filter's subject, and answers the call, at once or, when it asks
// to `wait`, as soon as a row is there.
Result<void> answer_list_audit(Core& core, Call& call, store::AuditFilter filter);

// Calls that wait for rows that are not there yet. Main thread only.
class AuditFollowers {
 public:
    explicit AuditFollowers(Loop& loop) : loop_(loop) {}

    void grew();  // rows were written; many in a row are told of once
    std::uint64_t growth() const { return growth_; }
    // Runs `again` when the trail has grown since `growth`, or when `patience` is over.
    void wait(std::uint64_t growth, Duration patience, std::function<void()> again);

 private:
    struct Waiter {
        std::function<void()> again;
        Watch timer;
    };
    void wake();

    Loop& loop_;
    std::uint64_t growth_ = 0;
    Watch pause_;
    std::list<std::shared_ptr<Waiter>> waiters_;
};

}  // namespace userd::bus
