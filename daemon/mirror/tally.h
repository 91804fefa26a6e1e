// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace userd {

// What a settling did, for the trail: counts, and the first few names.
struct Tally {
    std::uint64_t users_created = 0, users_changed = 0, users_suspended = 0, users_resumed = 0,
                  users_deleted = 0;
    std::uint64_t groups_created = 0, groups_changed = 0, groups_deleted = 0;
    std::uint64_t joined = 0, left = 0, codes_changed = 0;
    std::uint64_t quarantined = 0, held = 0;
    std::vector<std::string> names;  // "alice", "group:web"

    void name(std::string_view what) {
        constexpr std::size_t most = 10;
        if (names.size() < most && std::find(names.begin(), names.end(), what) == names.end())
            names.emplace_back(what);
    }
    bool empty() const {
        return users_created + users_changed + users_suspended + users_resumed + users_deleted +
                   groups_created + groups_changed + groups_deleted + joined + left + codes_changed +
                   quarantined + held ==
               0;
    }
    std::string json() const;
};

}  // namespace userd
