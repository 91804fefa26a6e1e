// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/base/secret.h"
#include "daemon/login/password_hash.h"

namespace userd {

// A password as it is kept, and whether the history knows it.
struct HistoryHash {
    std::string record;
    bool used_before = false;
};

// More costs than so many are in a history only when an admin changed them as often; the oldest are then no
// longer compared.
inline constexpr std::size_t most_history_costs = 3;

// Hashes a password in the way of the account's former ones, `history`, newest first. All records of one cost
// in a history have the salt of the first of them, so one run of Argon2id tells whether a password is any of
// 24, and gives its own record too: a run for each cost that occurs, and one more when none is today's. For a
// worker.
Result<HistoryHash> hash_with_history(const Secret& password, const std::vector<std::string>& history,
                                      const HashCost& cost);

}  // namespace userd
