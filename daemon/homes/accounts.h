// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/base/result.h"

// The host's own accounts, read from the files themselves: NSS would ask what the core has published, and the
// core is not believed.
namespace userd::homes {

struct Account {
    std::string name;
    std::uint32_t uid = 0, gid = 0;
};

Result<std::optional<Account>> find_account(const std::string& root, std::uint32_t uid);
Result<std::optional<Account>> find_account(const std::string& root, const std::string& name);
Result<bool> has_group(const std::string& root, std::uint32_t gid);  // in /etc/group
Result<bool> has_group(const std::string& root, const std::string& name);

}  // namespace userd::homes
