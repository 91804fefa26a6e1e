// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "daemon/store/credentials.h"
#include "daemon/store/store.h"

namespace userd {

// The SSH keys that an account's directory server has of it. A line there that is no key, or that would widen
// what a key may do (ssh_key.h), is left out.
Result<std::vector<store::SshKeyRecord>> keys_at_server(store::Store& store, const User& user);
// These, and before them those that were given to it here.
Result<std::vector<store::SshKeyRecord>> keys_of(store::Store& store, const User& user);

}  // namespace userd
