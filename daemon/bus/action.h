// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

namespace userd::bus {

// What a caller of a member must be allowed: every row of a table names one, and the self_* ones name besides
// what the account itself may do without asking polkit. Zero is nobody's.
enum class Action {
    none,
    anyone,
    anyone_private,  // anyone; whoever may read-private sees the private fields too
    root,
    read_private,
    manage_users,
    manage_groups,
    manage_roles,
    delete_user,
    reset_password,
    reset_mfa,
    apply,
    self_update,
    self_password,
    self_mfa,
};

constexpr bool is_self(Action action) {
    return action == Action::self_update || action == Action::self_password || action == Action::self_mfa;
}

// The id in org.userd1.policy; null for what polkit does not decide.
constexpr const char* polkit_id(Action action) {
    switch (action) {
        case Action::anyone_private:
        case Action::read_private:
            return "org.userd1.read-private";
        case Action::manage_users:
            return "org.userd1.manage-users";
        case Action::manage_groups:
            return "org.userd1.manage-groups";
        case Action::manage_roles:
            return "org.userd1.manage-roles";
        case Action::delete_user:
            return "org.userd1.delete-user";
        case Action::reset_password:
            return "org.userd1.reset-password";
        case Action::reset_mfa:
            return "org.userd1.reset-mfa";
        case Action::apply:
            return "org.userd1.apply";
        case Action::none:
        case Action::anyone:
        case Action::root:
        case Action::self_update:
        case Action::self_password:
        case Action::self_mfa:
            break;
    }
    return nullptr;
}

// What it lets a person do, in a refusal's words: "only an admin may …".
constexpr const char* deed(Action action) {
    switch (action) {
        case Action::anyone_private:
        case Action::read_private:
            return "see private fields";
        case Action::manage_users:
            return "change other users";
        case Action::manage_groups:
            return "change groups";
        case Action::manage_roles:
            return "change roles";
        case Action::delete_user:
            return "delete users";
        case Action::reset_password:
            return "reset passwords";
        case Action::reset_mfa:
            return "reset one-time codes";
        case Action::apply:
            return "apply state files";
        case Action::none:
        case Action::anyone:
        case Action::root:
        case Action::self_update:
        case Action::self_password:
        case Action::self_mfa:
            break;
    }
    return "do this";
}

}  // namespace userd::bus
