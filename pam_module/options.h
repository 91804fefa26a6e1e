// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <security/pam_modules.h>

namespace userd::pam {

// The module's arguments, as in pam.conf(5).
enum class FirstPass {
    ask,       // the default: a password typed for another module is not ours
    try_it,    // try_first_pass: use it, ask if it does not do
    use_only,  // use_first_pass, use_authtok: never ask for a password
};

// Logs what it does not know, and goes on without.
FirstPass parse_options(pam_handle_t* pamh, int argc, const char** argv);

}  // namespace userd::pam
