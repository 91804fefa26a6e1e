// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "common/wire/login.h"
#include "daemon/login/access.h"
#include "daemon/login/reason.h"
#include "daemon/login/rules.h"
#include "daemon/model/user.h"

namespace userd {

// States that refuse every factor; `none` when there is nothing. The authenticate phase asks this too.
Reason standing_of(const User& user);

struct AccountVerdict {
    wire::Verdict verdict = wire::Verdict::denied;
    Reason reason = Reason::internal;
};

// The account phase, asked afresh each time: keys, cron, at, su and systemd-run skip authentication.
// `code_proved`: authenticate's token carries a code; `has_password`: there is one to change.
AccountVerdict judge_account(const User& user, const Entrance& entrance, const Access& access,
                             const Demand& demand, bool code_proved, bool has_password, Time now);

}  // namespace userd
