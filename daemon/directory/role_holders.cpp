// SPDX-License-Identifier: LGPL-2.1-or-later
// Who holds which role, the memberships that come and go with it, and the rights that follow.
#include "daemon/directory/impl.h"

namespace userd {

namespace {

bool contains(const std::vector<std::string>& words, const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

// Standing; one with an end does not count.
bool stands_in(const std::vector<store::Membership>& memberships, const RoleGroup& group) {
    return std::any_of(memberships.begin(), memberships.end(), [&](const store::Membership& membership) {
        return membership.group == group.group && membership.name == group.name && membership.direct &&
               !membership.direct_until;
    });
}

constexpr std::uint64_t everybody = INT64_MAX;

}  // namespace

Result<void> Directory::Impl::bring(Work& work, const User& user, const Role& role, const RoleGroup& group) {
    const auto standing = group.group ? TRY(store.groups().of_user(user.id, work.now))
                                      : TRY(store.groups().local_of_user(user.id, work.now));
    const bool brought = TRY(store.roles().brings(user.id, group));
    if (stands_in(standing, group) && !brought) return {};  // it stood by itself, and will
    TRY(work.enrolments.note_joining({&user.id, 1}));
    TRY(store.roles().note_membership(user.id, role.id, group));
    if (brought) return {};
    const auto generation = TRY(work.generation());
    if (!group.group) {
        const auto gid = TRY(local_group(group.name));
        TRY(store.groups().add_local(group.name, gid, user.id, std::nullopt));
        return store.users().touch(user.id, generation);
    }
    TRY(store.groups().add(group.group, user.id, std::nullopt, generation));
    work.tell(true, TRY(this->group(group.group)).gid, "members");
    return {};
}

Result<void> Directory::Impl::take_along(Work& work, const User& user, const Role& role,
                                         const RoleGroup& group) {
    TRY(work.enrolments.note_joining({&user.id, 1}));
    TRY(store.roles().forget_membership(user.id, role.id, group));
    if (TRY(store.roles().brings(user.id, group))) return {};  // another role does, too
    const auto generation = TRY(work.generation());
    if (!group.group) {
        TRY(store.groups().remove_local(group.name, user.id));
        return store.users().touch(user.id, generation);
    }
    TRY(store.groups().remove(group.group, user.id, generation));
    work.tell(true, TRY(this->group(group.group)).gid, "members");
    return {};
}

// After a change of the role's groups.
Result<void> Directory::Impl::follow_groups(Work& work, const Role& before, const Role& after) {
    if (before.groups == after.groups) return {};
    const auto holds = [](const std::vector<RoleGroup>& groups, const RoleGroup& group) {
        return std::find(groups.begin(), groups.end(), group) != groups.end();
    };
    for (const auto& holder : TRY(store.roles().holders(after.id, 0, everybody)).holders) {
        const auto user = TRY(this->user(holder.user));
        for (const auto& group : after.groups)
            if (!holds(before.groups, group)) TRY(bring(work, user, after, group));
        for (const auto& group : TRY(store.roles().memberships(user.id, after.id)))
            if (!holds(after.groups, group)) TRY(take_along(work, user, after, group));
    }
    return {};
}

// Whether the actor may give the role to the user, or take it.
Result<void> Directory::Impl::check_handing(const Work& work, const User& user, const Role& role) {
    TRY(check_step_up(work.options, "role-grant"));
    const auto& limit = work.actor.limit;
    if (!limit || limit->all) return {};
    if (user.id == work.actor.user)
        return fail(Errc::denied, "user not authorized: nobody grants a role to themselves");
    if (user.id == work.created)
        TRY(check_somewhere(work.actor, RoleGrant::role_grant));
    else
        TRY(check_user(store, work.actor, RoleGrant::role_grant, user, work.now));
    if (!covers(*limit, Rights{role.id == Role::admin_id, {userd::rights_of(role)}}))
        return fail(Errc::denied, "user not authorized: the role {} has more rights than you", role.name);
    for (const auto& group : role.groups) TRY(check_bringing(work, group, false));
    return {};
}

Result<bool> Directory::Impl::give_role(Work& work, const User& user, const Role& role) {
    if (role.id == Role::user_id) return false;  // everybody's
    const auto held = TRY(store.roles().of_user(user.id));
    if (std::any_of(held.begin(), held.end(), [&](const auto& one) { return one.role == role.id; }))
        return false;
    const auto generation = TRY(work.generation());
    TRY(store.roles().give(user.id, role.id, work.actor.name, work.now));
    TRY(store.users().touch(user.id, generation));
    for (const auto& group : role.groups) TRY(bring(work, user, role, group));
    return true;
}

Result<bool> Directory::Impl::take_role(Work& work, const User& user, const Role& role) {
    const auto held = TRY(store.roles().of_user(user.id));
    if (std::none_of(held.begin(), held.end(), [&](const auto& one) { return one.role == role.id; }))
        return false;
    const auto generation = TRY(work.generation());
    for (const auto& group : TRY(store.roles().memberships(user.id, role.id)))
        TRY(take_along(work, user, role, group));
    TRY(store.roles().take(user.id, role.id));
    TRY(store.users().touch(user.id, generation));
    return true;
}

Result<void> Directory::Impl::write_roles(const UserDraft& draft, Work& work) {
    if (!draft.roles.asked()) return {};
    std::vector<std::string> current;
    if (work.created != draft.user.id)
        for (const auto& held : TRY(store.roles().of_user(draft.user.id))) current.push_back(held.name);
    const auto wanted = draft.roles.apply(current);
    for (const auto& name : wanted) {
        if (name == "user" || contains(current, name)) continue;  // everybody is one
        const auto role = TRY(role_of(name));
        const bool by_configuration = work.created && name == config->users.role;
        if (role.id != Role::user_id && !by_configuration) TRY(check_handing(work, draft.user, role));
        TRY(give_role(work, draft.user, role));
    }
    for (const auto& name : current) {
        if (contains(wanted, name)) continue;
        const auto role = TRY(role_of(name));
        TRY(check_handing(work, draft.user, role));
        TRY(take_role(work, draft.user, role));
    }
    return {};
}

Result<Fields> Directory::Impl::change_holders(Work& work, const Role& role, const Members& targets,
                                               bool gets) {
    std::vector<std::string> changed;
    for (const auto& target : targets) {
        const auto user = TRY(user_of(target));
        TRY(check_handing(work, user, role));
        if (!(gets ? TRY(give_role(work, user, role)) : TRY(take_role(work, user, role)))) continue;
        changed.push_back(user.name);
        work.tell(false, user.uid, "roles");
    }
    auto record = role_record(role);
    record["holders"] = static_cast<std::int64_t>(TRY(store.roles().holders(role.id, 0, 0)).total);
    if (!work.changed()) return record;
    TRY(open_enrolments(work));
    add_enrolments(work, record);
    const Fields names{{"holders", changed}};
    TRY(work.audit(gets ? "role.grant" : "role.revoke", "role:" + role.name, role.id, gets ? Fields{} : names,
                   gets ? names : Fields{}));
    work.tell_role(role.name, "holders");
    return record;
}

Result<Outcome> Directory::grant_role(const Actor& actor, ObjectId id, const std::vector<std::string>& users,
                                      const ChangeOptions& options) {
    return impl_->change(actor, options, [&](Work& work) -> Result<Fields> {
        return impl_->change_holders(work, TRY(impl_->role(id)), users, true);
    });
}

Result<Outcome> Directory::revoke_role(const Actor& actor, ObjectId id, const std::vector<std::string>& users,
                                       const ChangeOptions& options) {
    return impl_->change(actor, options, [&](Work& work) -> Result<Fields> {
        const auto role = TRY(impl_->role(id));
        if (role.id == Role::user_id)
            return fail(Errc::policy_violation, "Cannot take the role user from anybody: it is everybody's");
        return impl_->change_holders(work, role, users, false);
    });
}

Result<Outcome> Directory::set_default_role(const Actor& actor, ObjectId id, std::string_view name,
                                            const ChangeOptions& options) {
    auto& impl = *impl_;
    return impl.change(actor, options, [&](Work& work) -> Result<Fields> {
        const auto user = TRY(impl.user(id));
        const auto before = TRY(impl.user_record(user, true));
        TRY(check_user(impl.store, actor, RoleGrant::role_grant, user, work.now));
        ObjectId chosen;
        const auto held = TRY(impl.store.roles().of_user(id));
        for (const auto& role : held)
            if (role.name == name) chosen = role.role;
        if (!chosen && !name.empty() && !(name == "user" && held.empty())) {
            TRY(impl.role_of(name));
            return fail(Error{Errc::policy_violation, fmt::format("{} has not the role {}", user.name, name),
                              fmt::format("userctl role grant {} {}", name, user.name), "role"});
        }
        const bool same = std::all_of(held.begin(), held.end(), [&](const auto& role) {
            return role.is_default == (chosen && role.role == chosen);
        });
        if (same) return before;
        TRY(impl.store.roles().set_default(id, chosen));
        const auto generation = TRY(work.generation());
        TRY(impl.store.users().touch(id, generation));
        return impl.finish_user(work, id, "role.default", "updated", before);
    });
}

Result<Page> Directory::list_holders(ObjectId role, std::uint64_t offset, std::uint64_t limit) const {
    const auto found = TRY(impl_->store.roles().holders(role, offset, limit));
    Page page;
    page.total = found.total;
    for (const auto& holder : found.holders)
        page.rows.push_back({{"name", holder.name},
                             {"uid", std::int64_t{holder.uid}},
                             {"default", holder.is_default},
                             {"granted_by", holder.granted_by},
                             {"granted_at", to_unix(holder.granted_at)}});
    return page;
}

Result<ObjectId> Directory::account_of(std::uint32_t uid) const {
    const auto user = TRY(impl_->store.users().find_by_uid(uid));
    return user && is_usable(*user, impl_->clock.now()) ? user->id : ObjectId{};
}

Result<Rights> Directory::rights_of(ObjectId account, std::string_view as) const {
    return rights_of_account(impl_->store, account, as, impl_->clock.now());
}

Rights Directory::rights_of(const Role& role) const {
    return Rights{role.id == Role::admin_id, {userd::rights_of(role)}};
}

Result<std::optional<std::string>> Directory::why_not(const Rights& own, RoleGrant grant, ObjectId caller,
                                                      ObjectId object, bool somewhere) const {
    if (!object) return userd::why_not(own, grant, somewhere);
    if (const auto user = TRY(impl_->store.users().find(object)))
        return why_not_user(own, grant, caller, TRY(load_subject(impl_->store, *user, impl_->clock.now())));
    if (const auto group = TRY(impl_->store.groups().find(object)))
        return why_not_group(own, grant, group->name);
    return userd::why_not(own, grant, somewhere);
}

}  // namespace userd
