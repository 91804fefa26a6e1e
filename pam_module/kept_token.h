// SPDX-License-Identifier: LGPL-2.1-or-later
// The one thing kept between two calls on a PAM handle: the daemon's token. It never leaves the process but
// to the daemon, and is wiped when it is replaced and when the handle ends.
#pragma once

#include <security/pam_modules.h>

#include <string_view>

namespace userd::pam {

enum class Kept {
    login,   // a right authenticate, for account and open_session
    change,  // a right old password, for the change itself
};

// PAM_SUCCESS, or PAM_BUF_ERR with nothing kept. An empty token forgets.
int keep_token(pam_handle_t* pamh, Kept which, std::string_view token);

// Empty when there is none; valid until it is replaced or the handle ends.
std::string_view kept_token(const pam_handle_t* pamh, Kept which);

}  // namespace userd::pam
