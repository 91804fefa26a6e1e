// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <bitset>
#include <cstdint>
#include <string>
#include <vector>

#include "daemon/model/rights.h"
#include "daemon/model/user.h"

namespace userd {

// A group that a role names: one of ours by its id, or one of /etc/group by its name.
struct RoleGroup {
    ObjectId group;    // none: a group of /etc/group
    std::string name;  // as it is now
    bool operator==(const RoleGroup&) const = default;
};

// A role, as the store keeps it. Lists ascend by name.
struct Role {
    static constexpr ObjectId user_id{1}, admin_id{2};

    ObjectId id;
    std::string name, description;
    std::bitset<grant_count> grants;  // admin: all
    bool scoped = false;              // reaches only the members of `scope`, and these groups
    std::vector<RoleGroup> scope;
    std::vector<std::string> excluded;  // names of roles: who holds one is out of reach
    std::vector<RoleGroup> groups;      // whose membership comes and goes with the role
    Time created_at, updated_at;
    std::uint64_t generation = 0;

    bool is_built_in() const { return id == user_id || id == admin_id; }
};

}  // namespace userd
