// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "common/wire/login.h"

namespace userd::pam {

// What this phase returns to PAM for the daemon's verdict. Never PAM_IGNORE, and PAM_SUCCESS for success
// alone.
int code_of(wire::Verdict verdict, wire::Phase phase);

}  // namespace userd::pam
