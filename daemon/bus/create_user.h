// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "daemon/bus/call.h"

namespace userd::bus {

struct NewUser {
    std::string name;
    Fields fields;
    std::vector<std::string> keys;  // lines of authorized_keys
    ChangeOptions options;
};

// CreateUser from its arguments to its answer. It waits twice, for the secrets and for the hash of the
// password; the account and its credentials are then made in one transaction.
void create_user(Core& core, const Call& call, NewUser request, SecretFields secrets);

}  // namespace userd::bus
