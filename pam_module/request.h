// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <security/pam_modules.h>

#include "common/wire/login.h"

namespace userd::pam {

// What PAM and the kernel say about this call, as views into PAM's items: valid until one of them is set.
// PAM_SUCCESS; PAM_USER_UNKNOWN for a name that cannot be ours, so that root and the system's accounts never
// wait for the daemon; or the code of what failed.
int collect(pam_handle_t* pamh, wire::Phase phase, int pam_flags, wire::Start& start);

}  // namespace userd::pam
