// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/ranges.h>

#include <algorithm>

#include "daemon/directory/impl.h"
#include "daemon/directory/object_id.h"
#include "daemon/directory/ownership.h"
#include "daemon/model/origin.h"
#include "daemon/store/retired.h"

namespace userd {

namespace {

constexpr std::string_view mfa_deed = "say of a group whom it asks for codes";

// It holds for each member, whoever may reach them.
Result<void> check_mfa(const Work& work, const Group& group) {
    if (group.mfa == MfaPolicy::inherit) return {};
    TRY(check_step_up(work.options, "mfa-reset"));
    if (work.is_bound()) return only_an_admin(mfa_deed);
    return {};
}

Result<void> take_enrol_until(Work& work, const GroupDraft& draft, const Fields& fields) {
    if (!fields.contains("enrol_until")) return {};
    if (!fields.contains("mfa") || draft.group.mfa != MfaPolicy::required)
        return fail(Error{Errc::invalid, "enrol_until is for those for whom mfa becomes required with it",
                          "mfa required", "enrol_until"});
    TRY(check_enrol_until(draft.enrol_until, work.now));
    work.enrolments.end_at(draft.enrol_until);
    return {};
}

}  // namespace

Result<Fields> Directory::Impl::finish_group(Work& work, ObjectId id, std::string_view action,
                                             std::string_view event, const Fields& before) {
    const auto stored = TRY(group(id));
    auto record = TRY(group_record(stored, MembersShown::all));
    if (!work.changed()) return record;
    TRY(open_enrolments(work));
    add_enrolments(work, record);
    TRY(work.audit(action, "group:" + stored.name, id, before, record));
    work.tell(true, stored.gid, std::string(event));
    return record;
}

Result<void> Directory::Impl::write_group(Work& work, Group group) {
    group.generation = TRY(work.generation());
    group.updated_at = work.now;
    return store.groups().update(group);
}

Result<Outcome> Directory::create_group(const Actor& actor, std::string_view name, const Fields& fields,
                                        const ChangeOptions& options) {
    auto& impl = *impl_;
    return impl.change(actor, options, [&](Work& work) -> Result<Fields> {
        GroupDraft draft;
        auto& group = draft.group;
        group.id = new_object_id();
        group.name = name;
        group.source = "local";
        group.created_at = group.updated_at = work.now;
        TRY(check_somewhere(actor, RoleGrant::group_create));
        TRY(impl.check_new_name(name, work.now, group.id, true));
        TRY(apply_fields(draft, fields, Purpose::creation));
        TRY(check_mfa(work, group));
        TRY(take_enrol_until(work, draft, fields));
        group.gid = TRY(impl.number_for(name, draft.gid, "gid"));
        group.generation = TRY(work.generation());
        TRY(impl.store.groups().insert(group));
        TRY(impl.write_members(draft, work));
        TRY(impl.write_administrators(draft, work));
        return impl.finish_group(work, group.id, "group.create", "created", {});
    });
}

Result<Outcome> Directory::update_group(const Actor& actor, ObjectId id, const Fields& fields,
                                        const ChangeOptions& options) {
    auto& impl = *impl_;
    return impl.change(actor, options, [&](Work& work) -> Result<Fields> {
        GroupDraft draft;
        draft.group = TRY(impl.group(id));
        TRY(check_group(actor, RoleGrant::group_update, draft.group.name));
        const auto before = draft.group;
        const auto old_record = TRY(impl.group_record(before, MembersShown::all));
        TRY(apply_fields(draft, fields, Purpose::change));
        TRY(check_owner(before, draft, *impl.config));
        if (draft.group.mfa != before.mfa) {
            TRY(check_step_up(options, "mfa-reset"));
            if (work.is_bound()) return only_an_admin(mfa_deed);
            TRY(work.enrolments.note_all_in(id));
        }
        TRY(take_enrol_until(work, draft, fields));
        if (draft.group.set != before.set) TRY(check_somewhere(actor, RoleGrant::directory_apply));
        if (draft.group.description != before.description || draft.group.set != before.set ||
            draft.group.mfa != before.mfa)
            TRY(impl.write_group(work, draft.group));
        TRY(impl.write_members(draft, work));
        TRY(impl.write_administrators(draft, work));
        return impl.finish_group(work, id, "group.update", "updated", old_record);
    });
}

Result<Outcome> Directory::rename_group(const Actor& actor, ObjectId id, std::string_view name,
                                        const ChangeOptions& options) {
    auto& impl = *impl_;
    return impl.change(actor, options, [&](Work& work) -> Result<Fields> {
        auto group = TRY(impl.group(id));
        TRY(check_group(actor, RoleGrant::group_update, group.name));
        const auto old_record = TRY(impl.group_record(group, MembersShown::all));
        if (group.name == name) return old_record;
        if (is_mirrored(group))
            return owned_by_server(*impl.config, group.source, fmt::format("rename {}", group.name), "name");
        TRY(impl.check_new_name(name, work.now, id, true));
        group.name = name;
        TRY(impl.write_group(work, group));
        return impl.finish_group(work, id, "group.rename", "renamed", old_record);
    });
}

Result<Outcome> Directory::delete_group(const Actor& actor, ObjectId id, const ChangeOptions& options) {
    auto& impl = *impl_;
    return impl.change(actor, options, [&](Work& work) -> Result<Fields> {
        const auto group = TRY(impl.group(id));
        TRY(check_group(actor, RoleGrant::group_delete, group.name));
        if (is_served(*impl.config, group.source))
            return owned_by_server(*impl.config, group.source, fmt::format("delete {}", group.name));
        TRY(check_mfa(work, group));
        if (!work.is_bound()) TRY(work.enrolments.note_all_in(id));
        if (const auto roles = TRY(impl.store.roles().naming_group(id)); !roles.empty())
            return fail(Error{
                Errc::policy_violation,
                fmt::format("Cannot delete the group {}: the role {} names it", group.name, roles.front()),
                fmt::format("userctl role get {}", roles.front()), ""});
        const auto users = TRY(impl.store.users().with_primary_group(id, 4));
        if (!users.empty())
            return fail(Error{
                Errc::policy_violation,
                fmt::format("Cannot delete the group {}: it is the primary group of {}{}", group.name,
                            fmt::join(users.begin(),
                                      users.begin() + std::min<std::ptrdiff_t>(std::ssize(users), 3), ", "),
                            users.size() > 3 ? " and more" : ""),
                fmt::format("userctl update {} --primary-group private", users.front()), ""});
        const auto record = TRY(impl.group_record(group, MembersShown::all));
        const auto generation = TRY(work.generation());
        TRY(impl.store.retired().bury(store::Retired::Kind::group, group.gid, group.name, id, work.now,
                                      generation));
        TRY(impl.store.groups().remove(id, generation));
        TRY(work.audit("group.delete", "group:" + group.name, id, record, {}));
        work.tell(true, group.gid, "deleted");
        return record;
    });
}

Result<std::vector<std::pair<std::string, std::string>>> Directory::groups_of(ObjectId user) const {
    std::vector<std::pair<std::string, std::string>> groups;
    for (auto& name : TRY(impl_->store.groups().administered_by(user)))
        groups.emplace_back(std::move(name), "administrator");
    const Time now = impl_->clock.now();
    for (auto& membership : TRY(impl_->store.groups().of_user(user, now)))
        groups.emplace_back(std::move(membership.name), "member");
    for (auto& membership : TRY(impl_->store.groups().local_of_user(user, now)))
        groups.emplace_back(std::move(membership.name), "member");
    return groups;
}

}  // namespace userd
