// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>

#include "daemon/model/rights.h"

namespace userd::bus {

// What a caller of a member must be allowed: every row of a table names one, and the self_* ones name besides
// what the account itself may do without asking anybody. Zero is nobody's.
enum class Action {
    none,
    anyone,
    anyone_private,  // anyone; whoever may read-private sees the private fields too
    root,
    read_private,
    read_audit,
    create_user,
    manage_users,
    suspend_user,
    unlock_user,
    delete_user,
    manage_keys,
    reset_password,
    reset_mfa,
    create_code,
    create_group,
    manage_groups,
    delete_group,
    manage_members,
    manage_roles,
    grant_roles,
    apply,
    check,
    repair,
    synchronise,
    confirm_removals,
    self_update,
    self_password,
    self_mfa,
};

// What a role's grant is held against before a handler runs.
enum class Reach {
    object,     // the user or the group of the call
    somewhere,  // the grant in any scope: the directory looks at each object that the arguments name
    whole,      // the directory as a whole: a grant with a scope does not do
};

// All that is known of an action.
struct ActionFacts {
    Action action;
    const char* name;                // in docs/reference/rights.md
    const char* polkit;              // the id in org.userd1.policy; null: polkit does not decide
    std::optional<RoleGrant> grant;  // of a role
    Reach reach;
    const char* step_up;  // its word in step_up.acts; null: never asks for a code
    const char* deed;     // what it lets a person do, in a refusal's words: "only an admin may …"
};

// clang-format off
inline constexpr ActionFacts action_facts[] = {
    {Action::anyone, "anyone", nullptr, {}, Reach::somewhere, nullptr, "do this"},
    {Action::anyone_private, "anyone", "org.userd1.read-private", RoleGrant::user_read, Reach::object, nullptr, "see private fields"},
    {Action::root, "root", nullptr, {}, Reach::whole, nullptr, "do this"},
    {Action::read_private, "read-private", "org.userd1.read-private", RoleGrant::user_read, Reach::object, nullptr, "see private fields"},
    {Action::read_audit, "read-private", "org.userd1.read-private", RoleGrant::audit_read, Reach::whole, nullptr, "read the audit trail"},
    {Action::create_user, "manage-users", "org.userd1.manage-users", RoleGrant::user_create, Reach::somewhere, nullptr, "create users"},
    {Action::manage_users, "manage-users", "org.userd1.manage-users", RoleGrant::user_update, Reach::object, nullptr, "change other users"},
    {Action::suspend_user, "manage-users", "org.userd1.manage-users", RoleGrant::user_suspend, Reach::object, "suspend", "suspend and resume users"},
    {Action::unlock_user, "manage-users", "org.userd1.manage-users", RoleGrant::user_unlock, Reach::object, nullptr, "unlock users"},
    {Action::delete_user, "delete-user", "org.userd1.delete-user", RoleGrant::user_delete, Reach::object, "delete-user", "delete users"},
    {Action::manage_keys, "manage-users", "org.userd1.manage-users", RoleGrant::ssh_key_update, Reach::object, "ssh-key", "change the keys of other users"},
    {Action::reset_password, "reset-password", "org.userd1.reset-password", RoleGrant::password_reset, Reach::object, "password-reset", "reset passwords"},
    {Action::reset_mfa, "reset-mfa", "org.userd1.reset-mfa", RoleGrant::mfa_reset, Reach::object, "mfa-reset", "reset one-time codes"},
    {Action::create_code, "reset-mfa", "org.userd1.reset-mfa", RoleGrant::mfa_code, Reach::object, "mfa-reset", "give temporary codes"},
    {Action::create_group, "manage-groups", "org.userd1.manage-groups", RoleGrant::group_create, Reach::somewhere, nullptr, "create groups"},
    {Action::manage_groups, "manage-groups", "org.userd1.manage-groups", RoleGrant::group_update, Reach::object, nullptr, "change groups"},
    {Action::delete_group, "manage-groups", "org.userd1.manage-groups", RoleGrant::group_delete, Reach::object, nullptr, "delete groups"},
    {Action::manage_members, "manage-groups", "org.userd1.manage-groups", RoleGrant::group_members, Reach::somewhere, nullptr, "change the members of groups"},
    {Action::manage_roles, "manage-roles", "org.userd1.manage-roles", RoleGrant::role_manage, Reach::somewhere, "role-grant", "change roles"},
    {Action::grant_roles, "manage-roles", "org.userd1.manage-roles", RoleGrant::role_grant, Reach::somewhere, "role-grant", "grant roles"},
    {Action::apply, "apply", "org.userd1.apply", RoleGrant::directory_apply, Reach::whole, "apply", "apply state files"},
    {Action::check, "read-private", "org.userd1.read-private", RoleGrant::directory_check, Reach::whole, nullptr, "check the directory"},
    {Action::repair, "root", nullptr, RoleGrant::directory_repair, Reach::whole, nullptr, "repair the directory"},
    {Action::synchronise, "apply", "org.userd1.apply", RoleGrant::directory_apply, Reach::whole, nullptr, "synchronise with directory servers"},
    {Action::confirm_removals, "apply", "org.userd1.apply", RoleGrant::directory_apply, Reach::whole, "prune", "let accounts be removed"},
    {Action::self_update, "self", nullptr, {}, Reach::object, nullptr, "do this"},
    {Action::self_password, "self", nullptr, {}, Reach::object, nullptr, "do this"},
    {Action::self_mfa, "self", nullptr, {}, Reach::object, nullptr, "do this"},
};
// clang-format on

constexpr const ActionFacts& facts_of(Action action) {
    for (const auto& facts : action_facts)
        if (facts.action == action) return facts;
    return action_facts[0];  // `none`: no row compiles with it
}

constexpr bool is_self(Action action) {
    return action == Action::self_update || action == Action::self_password || action == Action::self_mfa;
}

}  // namespace userd::bus
