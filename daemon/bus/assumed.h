// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "common/base/result.h"
#include "daemon/bus/caller.h"

namespace userd::bus {

// The roles that callers have dropped to, each until its connection ends. A call takes its caller's role
// along when it arrives, so what waits is not changed by a later drop, nor by the caller's end.
class Assumed {
 public:
    static constexpr std::size_t max_callers = 256, max_per_uid = 32;  // root has no share of its own

    std::string role_of(const Caller& caller) const;  // empty: none
    // "" takes the role off again. Refused (limits) past the bounds, and (unavailable) until `open`.
    Result<void> assume(const Caller& caller, std::string role);
    void open() { is_open_ = true; }  // from now on `forget` is called for each caller who leaves
    void forget(const std::string& sender) { roles_.erase(sender); }

 private:
    struct Role {
        std::uint32_t uid = Caller::none;
        std::string name;
    };
    std::map<std::string, Role> roles_;  // by unique name; of a peer by ""
    bool is_open_ = false;
};

}  // namespace userd::bus
