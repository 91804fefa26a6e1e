// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <vector>

#include "daemon/errands/errands.h"
#include "daemon/model/user.h"

namespace userd {

// What runs for a user ends with the account, and what was held for it goes on with it. One errand at a time
// for a user, in the order asked for, and few at a time in all: a file that suspends thousands leaves room
// for logins. Main thread only. When it goes, nobody is called any more.
class Suspensions {
 public:
    explicit Suspensions(Errands& errands) : errands_(errands) {}

    // Called once, never inside the call. What failed stands in the journal too.
    using Done = std::function<void(const Result<ErrandOutcome>&)>;
    // At jobs and lingering are held; unless they are kept, sessions, processes and the user manager end. Who
    // asks for what is asked for already shares its answer; who waits for one goes before who does not.
    void suspend(const User& user, bool keeps_sessions, Done done = {});
    void resume(const User& user, Done done = {});
    // Sessions, processes and the user manager end; nothing is held that would have to be let go.
    void end_sessions(const User& user);

    static constexpr std::ptrdiff_t most_at_once = 4;

 private:
    struct Job {
        ErrandRequest request;
        std::vector<Done> waiting;
        bool runs = false;
    };
    void add(ErrandRequest request, Done done);
    void start_next();
    void finish(std::list<Job>::iterator job, const Result<ErrandOutcome>& outcome);
    bool is_busy(std::uint32_t uid) const;

    Errands& errands_;
    std::list<Job> jobs_;
};

}  // namespace userd
