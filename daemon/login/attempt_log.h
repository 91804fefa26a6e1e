// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "daemon/config/config.h"
#include "daemon/login/reason.h"
#include "daemon/model/user.h"
#include "daemon/runtime/loop.h"
#include "daemon/store/store.h"

namespace userd {

// What is told of one attempt. Never an answer, and never a name that is nobody's: people type passwords
// there.
struct AttemptFacts {
    std::string action;     // "login", "account", "password"; "session.open", "session.close"
    std::string reference;  // shown to the person
    std::string service, rhost, tty, ruser;
    ObjectId user;     // none: nobody's
    std::string name;  // of the account; empty when it is nobody's
};

// Where verdicts are written down: the audit trail, the journal, and counters. Main thread only.
class AttemptLog {
 public:
    AttemptLog(store::Store& store, const Config& config, Loop& loop)
        : store_(store), config_(&config), loop_(loop) {}
    ~AttemptLog();  // tells what still waits to be told
    AttemptLog(const AttemptLog&) = delete;
    AttemptLog& operator=(const AttemptLog&) = delete;
    void use_config(const Config& config) { config_ = &config; }

    // Inside the verdict's Change: the audit row "login.allowed" or "login.denied". Refusals are summed when
    // there are many; what is allowed is left out when the configuration says so.
    Result<void> record(const AttemptFacts& facts, Reason reason, Time now);
    // Inside a Change: the audit row of a session, "session.open" or "session.close", where right logins are
    // kept.
    Result<void> record_session(const AttemptFacts& facts, Time now);
    // One journal line, with USERD_REASON and USERD_ATTEMPT. It is written a little later, with those that
    // come meanwhile: writing it takes longer than a whole account phase, which comes next.
    void tell(const AttemptFacts& facts, Reason reason);
    // So many wrong tries have stopped unknown sources for an account. Inside the Change that does so: the
    // audit row "login.stopped".
    Result<void> record_stop(ObjectId user, unsigned tries, Time now);
    // When it is durable: a warning in the journal.
    void tell_stop(ObjectId user);

    // How many ended so since the start: by action, then reason.
    using Counts = std::map<std::pair<std::string, Reason>, std::uint64_t>;
    const Counts& counts() const { return counts_; }

 private:
    void write_lines();

    store::Store& store_;
    const Config* config_;
    Loop& loop_;
    Counts counts_;
    std::vector<std::pair<AttemptFacts, Reason>> untold_;
    Watch timer_;
};

}  // namespace userd
