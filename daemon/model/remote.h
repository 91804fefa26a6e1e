// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

#include "daemon/model/origin.h"
#include "daemon/model/user.h"

namespace userd {

// The `state_reason` of an account that its server keeps out. Only the server lets it in again.
inline std::string vanished_reason(std::string_view source) {
    return "gone from " + std::string(source);
}
inline std::string disabled_reason(std::string_view source) {
    return "disabled by " + std::string(source);
}
inline bool is_suspended_by_server(const User& user) {
    return is_mirrored(user) && user.state == UserState::suspended &&
           (user.state_reason == vanished_reason(user.source) ||
            user.state_reason == disabled_reason(user.source));
}

}  // namespace userd
