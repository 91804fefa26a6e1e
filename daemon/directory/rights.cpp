// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/directory/rights.h"

#include <fmt/ranges.h>

#include "daemon/directory/directory.h"
#include "daemon/store/groups.h"
#include "daemon/store/roles.h"
#include "daemon/store/store.h"
#include "daemon/store/users.h"

namespace userd {

namespace {

bool holds(const std::vector<std::string>& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool share(const std::vector<std::string>& some, const std::vector<std::string>& others) {
    return std::any_of(some.begin(), some.end(), [&](const auto& word) { return holds(others, word); });
}

bool contains(const std::vector<std::string>& whole, const std::vector<std::string>& part) {
    return std::all_of(part.begin(), part.end(), [&](const auto& word) { return holds(whole, word); });
}

// `own` reaches with the grant wherever `other` does.
bool reaches_as_far(const RoleRights& own, const RoleRights& other) {
    if (own.scoped && !(other.scoped && contains(own.groups, other.groups))) return false;
    return contains(other.excluded, own.excluded);
}

bool covers(const Rights& own, const RoleRights& other) {
    for (std::size_t grant = 0; grant < grant_count; ++grant) {
        if (!other.grants.test(grant)) continue;
        if (std::none_of(own.roles.begin(), own.roles.end(), [&](const RoleRights& role) {
                return role.grants.test(grant) && reaches_as_far(role, other);
            }))
            return false;
    }
    return true;
}

std::string no_grant(RoleGrant grant) {
    return fmt::format("no role of yours grants {}", to_word(grant));
}

// Of the role that grants it but does not reach.
std::string out_of_reach(const RoleRights& role, const Subject& subject) {
    if (role.scoped && !share(role.groups, subject.groups))
        return fmt::format("{} is outside of the scope of your role {} (groups {})", subject.name, role.role,
                           fmt::join(role.groups, ", "));
    for (const auto& held : subject.roles)
        if (holds(role.excluded, held))
            return fmt::format("{} has the role {}, which your role {} excludes", subject.name, held,
                               role.role);
    return {};
}

// What one proves in self-service may not be had by a role without the proof; and how long an account lasts
// is another's to say.
bool is_by_self_service_only(RoleGrant grant) {
    return grant == RoleGrant::password_reset || grant == RoleGrant::mfa_reset ||
           grant == RoleGrant::mfa_code || grant == RoleGrant::user_suspend;
}

std::string more_rights(const Subject& subject) {
    if (!subject.why.empty())
        return fmt::format("{} has more rights than you ({})", subject.name, subject.why);
    if (subject.roles.empty())
        return fmt::format("{} has more rights than you (administrator of {})", subject.name,
                           fmt::join(subject.administers, ", "));
    return fmt::format("{} has more rights than you (roles {})", subject.name,
                       fmt::join(subject.roles, ", "));
}

Result<void> refuse(const std::optional<std::string>& why) {
    if (!why) return {};
    return fail(Errc::denied, "user not authorized: {}", *why);
}

}  // namespace

bool is_usable(const User& user, Time now) {
    return user.state == UserState::active && !user.collides && !has_ended(user, now) &&
           !(user.not_before && now < *user.not_before);
}

RoleRights rights_of(const Role& role) {
    RoleRights rights;
    rights.role = role.name;
    rights.grants = role.grants;
    rights.scoped = role.scoped;
    for (const auto& group : role.scope) rights.groups.push_back(group.name);
    rights.excluded = role.excluded;
    return rights;
}

bool covers(const Rights& own, const Rights& other) {
    if (own.all) return true;
    if (other.all) return false;
    return std::all_of(other.roles.begin(), other.roles.end(),
                       [&](const RoleRights& role) { return covers(own, role); });
}

Result<Subject> load_subject(store::Store& store, const User& user, Time now) {
    Subject subject;
    subject.id = user.id;
    subject.name = user.name;
    if (user.primary_group)
        if (const auto group = TRY(store.groups().find(user.primary_group)))
            subject.groups.push_back(group->name);
    for (auto& membership : TRY(store.groups().of_user(user.id, now)))
        subject.groups.push_back(std::move(membership.name));
    for (auto& membership : TRY(store.groups().local_of_user(user.id, now))) {
        if (is_root_equivalent(membership.name)) {
            subject.rights.all = true;
            subject.why = "local group " + membership.name;
        }
        subject.groups.push_back(std::move(membership.name));
    }
    for (auto& held : TRY(store.roles().of_user(user.id))) {
        if (held.role == Role::admin_id) {
            subject.rights.all = true;
            subject.why = "role admin";
        }
        if (const auto role = TRY(store.roles().find(held.role)))
            subject.rights.roles.push_back(rights_of(*role));
        subject.roles.push_back(std::move(held.name));
    }
    subject.administers = TRY(store.groups().administered_by(user.id));
    if (!subject.administers.empty()) {
        RoleRights as_administrator;
        as_administrator.grants.set(static_cast<std::size_t>(RoleGrant::group_members));
        subject.rights.roles.push_back(std::move(as_administrator));
    }
    return subject;
}

Result<Rights> rights_of_account(store::Store& store, ObjectId account, std::string_view as, Time now) {
    Rights rights;
    const auto user = account ? TRY(store.users().find(account)) : std::nullopt;
    if (!user || !is_usable(*user, now)) return rights;
    const auto held = TRY(store.roles().of_user(account));
    if (!as.empty() && as != "user" &&
        std::none_of(held.begin(), held.end(), [&](const auto& role) { return role.name == as; }))
        return fail(Errc::denied, "user not authorized: you have not the role {}", as);
    const bool has_default =
        std::any_of(held.begin(), held.end(), [](const auto& role) { return role.is_default; });
    for (const auto& role : held) {
        if (as.empty() ? has_default && !role.is_default : role.name != as) continue;
        rights.all = rights.all || role.role == Role::admin_id;
        if (const auto found = TRY(store.roles().find(role.role))) rights.roles.push_back(rights_of(*found));
    }
    return rights;
}

std::optional<std::string> why_not_user(const Rights& own, RoleGrant grant, ObjectId caller,
                                        const Subject& subject) {
    if (caller && caller == subject.id && is_by_self_service_only(grant))
        return "a role does not reach the own account: change it as everybody does";
    if (own.all) return std::nullopt;
    std::string refusal;
    for (const auto& role : own.roles) {
        if (!role.has(grant)) continue;
        refusal = out_of_reach(role, subject);
        if (refusal.empty()) {
            if (covers(own, subject.rights)) return std::nullopt;
            return more_rights(subject);
        }
    }
    return refusal.empty() ? no_grant(grant) : refusal;
}

std::optional<std::string> why_not_group(const Rights& own, RoleGrant grant, std::string_view group) {
    if (own.all) return std::nullopt;
    std::optional<std::string> refusal;
    for (const auto& role : own.roles) {
        if (!role.has(grant)) continue;
        if (!role.scoped || holds(role.groups, group)) return std::nullopt;
        refusal = fmt::format("the group {} is outside of the scope of your role {} (groups {})", group,
                              role.role, fmt::join(role.groups, ", "));
    }
    return refusal ? refusal : no_grant(grant);
}

std::optional<std::string> why_not(const Rights& own, RoleGrant grant, bool somewhere) {
    if (own.all) return std::nullopt;
    std::optional<std::string> refusal;
    for (const auto& role : own.roles) {
        if (!role.has(grant)) continue;
        // Some rows of a whole are always of accounts with more rights.
        if (!somewhere && grant == RoleGrant::user_read) return "only an admin may see this of everybody";
        if (somewhere || (!role.scoped && role.excluded.empty())) return std::nullopt;
        refusal = fmt::format("your role {} grants {} within a scope only", role.role, to_word(grant));
    }
    return refusal ? refusal : no_grant(grant);
}

Result<void> check_user(store::Store& store, const Actor& actor, RoleGrant grant, const User& user,
                        Time now) {
    if (!actor.limit) return {};
    return refuse(why_not_user(*actor.limit, grant, actor.user, TRY(load_subject(store, user, now))));
}

Result<void> check_group(const Actor& actor, RoleGrant grant, std::string_view group) {
    return actor.limit ? refuse(why_not_group(*actor.limit, grant, group)) : Result<void>();
}

Result<void> check_somewhere(const Actor& actor, RoleGrant grant) {
    return actor.limit ? refuse(why_not(*actor.limit, grant, true)) : Result<void>();
}

Result<void> check_heir(const Actor& actor, const User& user, const User& heir) {
    if (!actor.limit) return {};
    if (heir.id == actor.user)
        return fail(Errc::denied, "user not authorized: nobody gives themselves by a role what {} owns",
                    user.name);
    if (actor.limit->all || user.state == UserState::suspended) return {};
    return fail(Error{Errc::denied,
                      fmt::format("user not authorized: only an admin may give away what {} owns (state: {})",
                                  user.name, to_word(user.state)),
                      fmt::format("userctl suspend {}", user.name), ""});
}

Failure only_an_admin(std::string_view deed) {
    return fail(Errc::denied, "user not authorized: only an admin may {}", deed);
}

Result<void> check_step_up(const ChangeOptions& options, std::string_view act) {
    const auto& owes = options.owes;
    if (!owes || std::find(owes->begin(), owes->end(), act) == owes->end()) return {};
    return fail(Error{Errc::code_required,
                      fmt::format("a one-time code is needed for this ({})", act),
                      "the same with --otp CODE",
                      {}});
}

}  // namespace userd
