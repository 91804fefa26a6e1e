// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <array>
#include <bitset>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/model/words.h"

namespace userd {

// Local groups whose members can make themselves root on this host.
inline constexpr std::array<std::string_view, 5> root_equivalent_groups = {"sudo", "adm", "disk", "docker",
                                                                           "lxd"};
inline bool is_root_equivalent(std::string_view local_group) {
    return std::find(root_equivalent_groups.begin(), root_equivalent_groups.end(), local_group) !=
           root_equivalent_groups.end();
}

// What a role can let its holders do. The words are part of the interface; roles in the store keep them.
enum class RoleGrant {
    user_read,
    user_create,
    user_update,
    user_suspend,
    user_unlock,
    user_delete,
    ssh_key_update,
    password_reset,
    mfa_reset,
    mfa_code,
    group_create,
    group_update,
    group_delete,
    group_members,
    role_manage,
    role_grant,
    directory_apply,
    directory_check,
    directory_repair,
    audit_read,
};

template <>
struct Words<RoleGrant> {
    static constexpr std::array<std::pair<RoleGrant, std::string_view>, 20> table{{
        {RoleGrant::user_read, "user.read"},
        {RoleGrant::user_create, "user.create"},
        {RoleGrant::user_update, "user.update"},
        {RoleGrant::user_suspend, "user.suspend"},
        {RoleGrant::user_unlock, "user.unlock"},
        {RoleGrant::user_delete, "user.delete"},
        {RoleGrant::ssh_key_update, "ssh-key.update"},
        {RoleGrant::password_reset, "password.reset"},
        {RoleGrant::mfa_reset, "mfa.reset"},
        {RoleGrant::mfa_code, "mfa.code"},
        {RoleGrant::group_create, "group.create"},
        {RoleGrant::group_update, "group.update"},
        {RoleGrant::group_delete, "group.delete"},
        {RoleGrant::group_members, "group.members"},
        {RoleGrant::role_manage, "role.manage"},
        {RoleGrant::role_grant, "role.grant"},
        {RoleGrant::directory_apply, "directory.apply"},
        {RoleGrant::directory_check, "directory.check"},
        {RoleGrant::directory_repair, "directory.repair"},
        {RoleGrant::audit_read, "audit.read"},
    }};
};
inline constexpr std::size_t grant_count = Words<RoleGrant>::table.size();

// What one role lets its holders do, and to whom.
struct RoleRights {
    std::string role;
    std::bitset<grant_count> grants;
    bool scoped = false;                // only the members of `groups`, and these groups themselves
    std::vector<std::string> groups;    // by name
    std::vector<std::string> excluded;  // nobody who holds one of these roles

    bool has(RoleGrant grant) const { return grants.test(static_cast<std::size_t>(grant)); }
};

// What somebody may do to others: of all their roles together.
struct Rights {
    bool all = false;  // the role admin, and who can become root by a local group
    std::vector<RoleRights> roles;

    bool has(RoleGrant grant) const {
        return all || std::any_of(roles.begin(), roles.end(),
                                  [grant](const RoleRights& role) { return role.has(grant); });
    }
};

}  // namespace userd
