// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/login/remembered_codes.h"
#include "daemon/login/ways.h"

namespace userd {

// What is asked of `explain`.
struct ExplainQuestion {
    std::string service = "sshd";
    std::string rhost;  // an address, a name, or empty: from here
    Time at;
};

// One thing that speaks for or against.
struct ExplainedPoint {
    bool good = true;
    Reason reason = Reason::none;  // the word that stands for it; none for most that are good
    std::string text, where;       // where: "/etc/userd/userd.yaml:31", or empty
};

struct Explanation {
    bool allowed = false;
    Reason reason = Reason::internal;  // must_change: let in, and then
    std::string with;                  // "password, totp": what lets in
    std::string hint;                  // what to do, where the reason alone does not tell; or empty
    std::vector<ExplainedPoint> points;
};

// How a login of the account would end that answers everything right, by the functions that decide logins.
// The store and the remembered codes as they are; `at` moves the clock alone, and is `boot` since boot.
// `root` goes before the host's files. `away_since`: see RemotePasswords.
Result<Explanation> explain_login(store::Store& store, const Config& config, const RememberedCodes& codes,
                                  const std::string& root, const User& user, const ExplainQuestion& question,
                                  BootTime boot, std::optional<Time> away_since = {});

}  // namespace userd
