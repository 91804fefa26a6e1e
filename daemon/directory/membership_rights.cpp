// SPDX-License-Identifier: LGPL-2.1-or-later
// Whose a membership is to change, and what it is worth: a local group may make root, a group may come with a
// role, a role may reach its members, and it may ask them for codes. Who is bound gets none of that by the
// way of a group.
#include <algorithm>

#include "daemon/directory/impl.h"
#include "daemon/directory/ownership.h"

namespace userd {

// The group and those that hold it: who joins it is in all of them.
Result<std::vector<RoleGroup>> Directory::Impl::with_outer(const RoleGroup& group) {
    std::vector<RoleGroup> all{group};
    for (std::size_t i = 0; group.group && i < all.size(); ++i)
        for (const auto& nesting : TRY(store.groups().groups_of(all[i].group, Time::min()))) {
            RoleGroup outer{nesting.group, nesting.group_name};
            if (std::find(all.begin(), all.end(), outer) == all.end()) all.push_back(std::move(outer));
        }
    return all;
}

// For a bound actor. A group that comes with a role stands for the role.
Result<void> Directory::Impl::check_bringing(const Work& work, const RoleGroup& group, bool is_own) {
    if (!group.group) return only_an_admin(fmt::format("change who is in the local group {}", group.name));
    const auto& limit = work.actor.limit;
    for (const auto& outer : TRY(with_outer(group)))
        for (const auto id : TRY(store.roles().bringing(outer))) {
            const auto role = TRY(this->role(id));
            if (!is_own && limit && covers(*limit, {id == Role::admin_id, {userd::rights_of(role)}}))
                continue;
            return fail(Errc::denied, "user not authorized: the group {} comes with the role {}", outer.name,
                        role.name);
        }
    return {};
}

// Who administers a group widens no role of their own by it.
Result<void> Directory::Impl::check_administrator(const Work& work, const RoleGroup& group) {
    TRY(check_bringing(work, group, true));
    const auto reached = TRY(with_outer(group));
    for (const auto& held : TRY(store.roles().of_user(work.actor.user)))
        for (const auto& named : TRY(this->role(held.role)).scope)
            if (std::find(reached.begin(), reached.end(), named) != reached.end())
                return fail(Errc::denied, "user not authorized: the group {} is in the scope of your role {}",
                            named.name, held.name);
    return {};
}

// Before the user joins or leaves.
Result<void> Directory::Impl::check_membership(Work& work, const User& user, const RoleGroup& group) {
    if (!group.group && is_root_equivalent(group.name)) TRY(check_step_up(work.options, "role-grant"));
    if (group.group) {
        const auto joined = TRY(this->group(group.group));
        TRY(check_members_owner(joined, *config));
        TRY(work.enrolments.note_joining({&user.id, 1}));
    }
    if (!work.is_bound()) return {};
    if (work.options.self_service) return check_administrator(work, group);
    TRY(check_bringing(work, group, user.id == work.actor.user));
    TRY(check_group(work.actor, RoleGrant::group_members, group.name));
    if (user.id == work.created) return {};
    return check_user(store, work.actor, RoleGrant::group_members, user, work.now);
}

// A group in a group puts in whoever is in it, now and later: more than a scope can tell.
Result<void> Directory::Impl::check_party(Work& work, const Group& group, const Party& party) {
    if (party.user) return check_membership(work, *party.user, {group.id, group.name});
    TRY(check_members_owner(group, *config));
    if (work.is_bound()) return only_an_admin("put groups into groups");
    return work.enrolments.note_joining_with(party.group->id);
}

Result<void> Directory::Impl::check_mfa_policies(const Work& work) {
    if (!work.is_bound()) return {};
    const auto now = TRY(work.enrolments.now());
    for (const auto& [id, before] : work.enrolments.before()) {
        if (const auto policy = now.find(id); policy == now.end() || policy->second >= before) continue;
        const auto user = TRY(this->user(id));
        if (!work.options.self_service &&
            check_user(store, work.actor, RoleGrant::mfa_reset, user, work.now).has_value())
            continue;
        return fail(Errc::denied,
                    "user not authorized: {} would be asked for codes less strictly, which takes mfa.reset",
                    user.name);
    }
    return {};
}

}  // namespace userd
