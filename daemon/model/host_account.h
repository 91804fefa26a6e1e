// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/base/secret.h"

namespace userd {

// An account of /etc/passwd that userd may take over, as userd-homes found it: alone with its name and its
// uid, with a private group of the same name and number, or with none.
struct HostAccount {
    std::string name;
    std::uint32_t uid = 0;  // and gid
    std::string gecos, home, shell;
    Secret hash;  // shadow(5)'s second field; never empty: a locked one begins with ! or *
    std::optional<std::int64_t> changed_day, expires_day;  // days since 1970
    std::vector<std::string> groups;                       // of /etc/group, that name it as a member
    std::uint64_t fingerprint = 0;                         // of its lines: another one, other lines

    bool has_password() const { return hash.text()[0] != '!' && hash.text()[0] != '*'; }
};

// How one stands in an item's detail; no field of a line of passwd(5) holds a newline.
Secret to_text(const HostAccount& account);
Result<HostAccount> parse_host_account(std::string_view text);

}  // namespace userd
