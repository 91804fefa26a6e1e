// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "daemon/config/config.h"
#include "daemon/login/ways.h"
#include "daemon/model/user.h"
#include "daemon/store/store.h"

namespace userd {

// Whether the account could log in with what it has: by the rules of the account phase, at some hour of the
// week, somewhere (sshd, the console, a service that the rules name; from anywhere or a network that they
// name), with its password, its codes and its keys as they are, to a shell that takes it in. Wrong tries that
// lock it for a while do not count. Ends are those of the account and of keys, and a password that a
// directory server keeps is not for good; an enrolment that is open counts as done.
Result<bool> could_log_in(store::Store& store, const Config& config, const User& user, Time now,
                          Until until = Until::now);

// An admin who could log in: an account with the role admin or in a root-equivalent local group; none:
// nobody. `guess` is asked first. What only root knows is not counted: neither root's own password and keys
// nor the accounts of /etc/passwd, whose shadow the daemon cannot read.
Result<ObjectId> find_admin_who_can_log_in(store::Store& store, const Config& config, Time now,
                                           Until until = Until::now, ObjectId guess = {});

}  // namespace userd
