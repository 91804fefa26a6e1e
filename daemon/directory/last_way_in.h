// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>

#include "common/base/result.h"

namespace userd {

// Whether some admin could log in now, by the state that the open transaction sees (daemon/login/way_in);
// `for_a_time`: none whose account, membership or key has no end, and whose password is this host's.
enum class AdminsWay { none, for_a_time, for_good };
using WayIn = std::function<Result<AdminsWay>()>;

// Guards one change: made before it, asked after it, inside its transaction.
class LastWayIn {
 public:
    // `allow_lockout`, or no `way_in` to ask: everything passes.
    static Result<LastWayIn> before(const WayIn& way_in, bool allow_lockout) {
        if (allow_lockout || !way_in) return LastWayIn(nullptr, AdminsWay::none);
        return LastWayIn(&way_in, TRY(way_in()));
    }
    // last_admin, when somebody could get in before and nobody can now, or not for good any more.
    Result<void> after() const {
        if (before_ == AdminsWay::none) return {};
        const auto now = TRY((*way_in_)());
        if (now >= before_) return {};
        return fail(Error{Errc::last_admin,
                          now == AdminsWay::none ? "refused: afterwards no admin could log in"
                                                 : "refused: afterwards no admin could log in for good, only "
                                                   "until a time that comes or while a directory server "
                                                   "answers",
                          "make somebody else an admin first, or the same with --allow-lockout", ""});
    }

 private:
    LastWayIn(const WayIn* way_in, AdminsWay before) : way_in_(way_in), before_(before) {}
    const WayIn* way_in_;
    AdminsWay before_;
};

}  // namespace userd
