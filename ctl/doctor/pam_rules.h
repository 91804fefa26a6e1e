// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

#include "ctl/doctor/diagnosis.h"
#include "ctl/doctor/pam_stack.h"

namespace userd::ctl {

// Whether a stack does what the shipped one does: it is played through for a user of userd who answers right,
// one who is refused, one whom userd cannot be asked about, a local user while the daemon is gone, and a user
// of another source. Modules that are not known here are taken to step aside. `type`: auth, account,
// password.
Diagnosis judge_pam_stack(const PamStack& stack, std::string_view type, const std::string& remedy);
// userd is told of the sessions of people.
Diagnosis judge_pam_session(const PamStack& stack, const std::string& remedy);

// The module of another directory that sees passwords of our users before userd does; null: none.
const PamModule* find_rival(const PamStack& auth);
// A pam_google_authenticator that asks our users for a code of its own; null: none.
const PamModule* find_leftover(const PamStack& auth);

}  // namespace userd::ctl
