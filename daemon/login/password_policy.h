// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/base/secret.h"
#include "daemon/model/user.h"

namespace userd {

// Lengths of the policy `nist` (SP 800-63B-4), in characters.
inline constexpr std::size_t shortest_alone = 15;
inline constexpr std::size_t shortest_with_second_factor = 8;

// The words that stand for the account itself, folded: its name, names and mail. Short ones are left out:
// they stand in too many other words.
std::vector<std::string> own_words(const User& user);

// password_refused names the rule that is broken, and for a length both lengths. `second_factor`: no login of
// the account is complete without a code.
Result<void> check_password(const Secret& password, const std::vector<std::string>& own_words,
                            bool second_factor);

// Refused (password_refused) when a line of the file is the password, letter case aside. An empty path is no
// list. A list that cannot be read is an error: a missing rule must not pass for a kept one.
Result<void> check_blocklist(const Secret& password, const std::string& path);

}  // namespace userd
