// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether a process still has what a person typed. The secret stands nowhere in memory as it is, but where
// the person's answer puts it.
#pragma once

#include <security/pam_appl.h>

namespace userd::pam::test {

// Another secret from now on: a child inherits what its parent has read before.
void change_secret();

// The person, for Application::instead.
int type_secret(pam_response** out);

// Anywhere in this process's writable memory.
bool secret_in_memory();

}  // namespace userd::pam::test
