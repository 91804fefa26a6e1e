// SPDX-License-Identifier: LGPL-2.1-or-later
// What the build fixes. The module has no configuration: a path that a file, an argument or the environment
// could move is a path that an attacker would move. The unit tests load a copy built with other values.
#pragma once

#include <sys/types.h>

namespace userd::pam {

inline constexpr char login_socket[] = USERD_LOGIN_SOCKET;
inline constexpr long connect_ms = USERD_CONNECT_MS;
inline constexpr long step_ms =
    USERD_STEP_MS;  // the daemon's time for one reply; a person's has no bound here
inline constexpr uid_t server_uid_limit = USERD_SERVER_UID_LIMIT;

}  // namespace userd::pam
