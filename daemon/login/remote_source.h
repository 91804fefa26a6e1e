// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string_view>

#include "daemon/config/config.h"
#include "daemon/model/user.h"
#include "daemon/store/credentials.h"

namespace userd {

// The directory server that an account mirrors (daemon/model/origin.h); none: it is the host's own, or one
// that the configuration names no more.
const LdapSource* find_remote_source(const Config& config, std::string_view source);

// Until when a password counts that the server found right then; none: it never does while the server is
// away.
std::optional<Time> offline_until(const Config& config, const User& user, const store::OfflinePassword& kept);

}  // namespace userd
