// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <vector>

#include "daemon/login/account.h"
#include "daemon/store/store.h"

namespace userd {

// Of what has an end: until now it counts as long as it lasts, for good it does not.
enum class Until { now, good };

// What an account could prove.
struct Means {
    bool password = false;             // or a directory server keeps it, which counts as one until now
    std::optional<Time> password_set;  // when that was
    std::optional<Time> password_found_right;  // by a directory server, last
    bool totp = false;                         // enrolled, and the sealing key is here
    bool sealed = false;                       // it is not here: no code is right
    bool spare = false;                        // a recovery code or a temporary one
    bool enrols = false;                       // may still enrol
    bool key = false;
    bool code() const { return totp || spare || enrols; }
};
Result<Means> load_means(store::Store& store, const User& user, Time now, Until until = Until::now);

// An account that comes to an entrance and answers as well as it can.
struct Visit {
    const Config& config;
    const User& user;
    const Person& person;
    const Entrance& entrance;
    Means means;
    Time now;
    std::optional<LocalTime> local;       // none: at whatever hour
    bool locked = false;                  // by wrong tries, for where it comes from
    bool remembered = false;              // a code that was given before counts again
    std::optional<Time> away_since = {};  // the directory server that keeps its password
};

// One way through the phases, and how it ends. `vouched`: nobody is asked, as for cron.
struct Way {
    enum class By { vouched, password, key, key_and_more };
    By by = By::vouched;
    bool code = false;  // a one-time code is given on it
    Reason reason = Reason::internal;
    bool opens() const { return reason == Reason::none || reason == Reason::must_change; }
};

// Until when a password counts that its directory server found right, while that is away; none: it does not.
std::optional<Time> offline_until(const Visit& visit);
// Whether anybody can tell that the password is right.
bool can_be_checked(const Visit& visit);

// Every way that there is at the entrance, the best known first; never empty. Decided by the same functions
// as logins are (demand_to_prove, is_met, judge_account).
std::vector<Way> ways_of(const Visit& visit);

}  // namespace userd
