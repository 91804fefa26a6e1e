// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>

#include "daemon/login/reason.h"
#include "daemon/model/user.h"
#include "daemon/store/store.h"

namespace userd {

// What is told of one attempt. Never an answer, and never a name that is nobody's: people type passwords
// there.
struct AttemptFacts {
    std::string action;     // "login", "account", "password"
    std::string reference;  // shown to the person
    std::string service, rhost, tty, ruser;
    ObjectId user;     // none: nobody's
    std::string name;  // of the account; empty when it is nobody's
};

// Inside the verdict's Change: the audit row "login.allowed" or "login.denied".
Result<void> audit_attempt(store::Store& store, const AttemptFacts& facts, Reason reason, Time now);
// One journal line, with USERD_REASON and USERD_ATTEMPT.
void journal_attempt(const AttemptFacts& facts, Reason reason);

}  // namespace userd
