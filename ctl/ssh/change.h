// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "ctl/ssh/record.h"
#include "ctl/ssh/server.h"

namespace userd::ctl {

// From one setup to another, in an order that is safe wherever it is cut off: while sshd changes, no account
// is taken for confined.

// Puts what was there before in force again; the drop-in, if it was edited meanwhile, is kept aside and its
// new place returned. `at`: when a timer did it, else 0.
Answer<std::string> undo_setup(SshRecord& record, const SshServer& sshd, std::int64_t at);

// Whether the trial with that end is still neither confirmed nor undone; also when that cannot be read.
bool is_trial_open(const std::string& root, std::int64_t trial);

// The timer's: undoes what nobody has confirmed, and says so in the journal. `trial`: only the one that was
// to be undone at that time; 0: any.
Answer<void> undo_unconfirmed(const std::string& root, std::int64_t trial, std::int64_t now);

}  // namespace userd::ctl
