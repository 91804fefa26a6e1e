// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/base/fd.h"
#include "common/base/result.h"
#include "daemon/runtime/loop.h"

namespace userd::bus {

struct Core;

// org.userd1 on the system bus and on the admin socket. Neither has to be there: the daemon serves lookups
// and logins without a bus, and takes its name back when the bus returns. Main thread only; dropped before
// the core goes.
class Service {
 public:
    explicit Service(Core core);
    ~Service();
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;

    // Connects now and whenever the connection is lost, at first after 100 ms, never later than 5 s.
    void serve_system_bus(std::string address);
    // Takes connections of uid 0 only, by the kernel's word, before a byte is read; a few at a time.
    Result<void> serve_admin(Fd listening);
    // One connected peer who is taken for `uid`; its credentials have been checked.
    Result<void> serve_peer(Fd socket, std::uint32_t uid);

    // Rows of the audit trail were committed: who follows it is told.
    void audit_grew();
    bool has_name() const;  // org.userd1 is ours on the system bus

 private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace userd::bus
