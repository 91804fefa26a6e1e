// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "daemon/model/rights.h"
#include "daemon/model/role.h"
#include "daemon/model/user.h"

// Who may do what to whom by their roles: the one place that bus, directory and credentials ask. Root, the
// account itself and polkit are decided before and after this (daemon/bus/connection).
namespace userd {
namespace store {
class Store;
}

// What speaks for and against reaching an account.
struct Subject {
    ObjectId id;
    std::string name;
    std::vector<std::string> groups;  // that hold now, the local and the primary one too
    std::vector<std::string> roles;
    std::vector<std::string> administers;  // groups: a right to put anybody into them
    Rights rights;    // of all its roles, whatever its state; all: also by a root-equivalent group
    std::string why;  // it has them all: "role admin", "local group sudo"
};

// Active, not withdrawn, and its time is now.
bool is_usable(const User& user, Time now);

RoleRights rights_of(const Role& role);
// Whether whoever has `own` has all of `other` too.
bool covers(const Rights& own, const Rights& other);

Result<Subject> load_subject(store::Store& store, const User& user, Time now);

// What the account may do to others. Nothing when it is not active, is withdrawn, expired or not yet begun.
// `as` is one of its roles that it drops to, or empty: its default role if it has chosen one, else all.
// Errors: denied, when it has not the role `as`.
Result<Rights> rights_of_account(store::Store& store, ObjectId account, std::string_view as, Time now);

// Null: `caller`, who has the rights `own`, may. Else why not, for a refusal.
std::optional<std::string> why_not_user(const Rights& own, RoleGrant grant, ObjectId caller,
                                        const Subject& subject);
// For groups: `group` is in the scope of a role with the grant.
std::optional<std::string> why_not_group(const Rights& own, RoleGrant grant, std::string_view group);
// For the directory as a whole: the grant without a scope; `somewhere`: with any.
std::optional<std::string> why_not(const Rights& own, RoleGrant grant, bool somewhere);

// The same as an Error for an actor with a limit; always right for one without.
Result<void> check_user(store::Store& store, const Actor& actor, RoleGrant grant, const User& user, Time now);
Result<void> check_group(const Actor& actor, RoleGrant grant, std::string_view group);
Result<void> check_somewhere(const Actor& actor, RoleGrant grant);

// Whether the files of `user` may be given to `heir`: by a role those of suspended users only, and by none,
// admin included, to the one who acts.
Result<void> check_heir(const Actor& actor, const User& user, const User& heir);

Failure only_an_admin(std::string_view deed);  // denied

// Refused (code_required) when the caller owes a code before such an act, a word of step_up.acts. Every way
// to the act passes here, a state file and an import too.
struct ChangeOptions;
Result<void> check_step_up(const ChangeOptions& options, std::string_view act);

}  // namespace userd
