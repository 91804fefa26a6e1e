// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bus/assumed.h"

#include <algorithm>

#include "common/base/errors.h"

namespace userd::bus {

std::string Assumed::role_of(const Caller& caller) const {
    const auto found = roles_.find(caller.sender);
    return found == roles_.end() ? std::string() : found->second.name;
}

Result<void> Assumed::assume(const Caller& caller, std::string role) {
    if (role.empty()) {
        roles_.erase(caller.sender);
        return {};
    }
    if (!is_open_) return fail(Errc::unavailable, "the bus does not tell when callers leave");
    const auto known = roles_.find(caller.sender);
    if (known == roles_.end()) {
        const auto own = std::count_if(roles_.begin(), roles_.end(),
                                       [&](const auto& entry) { return entry.second.uid == caller.uid; });
        const bool is_full = !caller.is_root() && static_cast<std::size_t>(own) >= max_per_uid;
        if (is_full || roles_.size() >= max_callers)
            return fail(Errc::limits, "too many callers{} have dropped to a role",
                        is_full ? " of this user" : "");
    }
    roles_[caller.sender] = Role{caller.uid, std::move(role)};
    return {};
}

}  // namespace userd::bus
