// SPDX-License-Identifier: LGPL-2.1-or-later
// How former passwords are kept. A salt for each record would take 24 runs of Argon2id for a new password,
// most of a second of a worker that logins wait for. A fast hash under the sealing key would make the history
// the cheapest way to all passwords for whoever has store and key, which lie side by side on most hosts. With
// one salt for an account's records, one guess is compared with all of them: who stole the store gains that
// for former passwords of one account, and nothing for the one in use.
#include "daemon/login/password_history.h"

#include <algorithm>
#include <string_view>

namespace userd {
namespace {

// Kind, cost and salt: all but the hash itself.
std::string_view way_of(std::string_view record) {
    return record.substr(0, record.rfind('$'));
}

}  // namespace

Result<HistoryHash> hash_with_history(const Secret& password, const std::vector<std::string>& history,
                                      const HashCost& cost) {
    HistoryHash result;
    std::vector<std::string_view> ways;
    for (const auto& former : history) {
        const auto way = way_of(former);
        if (std::find(ways.begin(), ways.end(), way) != ways.end()) continue;
        if (ways.size() == most_history_costs) break;
        ways.push_back(way);
        std::string record = TRY(hash_password_like(password, former));
        if (std::find(history.begin(), history.end(), record) != history.end()) result.used_before = true;
        if (result.record.empty() && is_of_cost(former, cost)) result.record = std::move(record);
    }
    if (result.record.empty()) result.record = TRY(hash_password(password, cost));
    return result;
}

}  // namespace userd
