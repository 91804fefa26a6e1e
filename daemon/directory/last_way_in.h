// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>

#include "common/base/result.h"

namespace userd {

// Whether some admin could log in now, by the state that the open transaction sees (daemon/login/way_in).
using WayIn = std::function<Result<bool>()>;

// Guards one change: made before it, asked after it, inside its transaction.
class LastWayIn {
 public:
    // `allow_lockout`, or no `way_in` to ask: everything passes.
    static Result<LastWayIn> before(const WayIn& way_in, bool allow_lockout) {
        if (allow_lockout || !way_in) return LastWayIn(nullptr);
        const bool is_open = TRY(way_in());
        return LastWayIn(is_open ? &way_in : nullptr);
    }
    // last_admin, when somebody could get in before and nobody can now.
    Result<void> after() const {
        if (way_in_ == nullptr) return {};
        const bool is_open = TRY((*way_in_)());
        if (is_open) return {};
        return fail(Error{Errc::last_admin, "refused: afterwards no admin could log in",
                          "make somebody else an admin first, or the same with --allow-lockout", ""});
    }

 private:
    explicit LastWayIn(const WayIn* way_in) : way_in_(way_in) {}
    const WayIn* way_in_;
};

}  // namespace userd
