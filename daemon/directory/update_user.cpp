// SPDX-License-Identifier: LGPL-2.1-or-later
#include <tuple>

#include "daemon/directory/email.h"
#include "daemon/directory/impl.h"
#include "daemon/directory/ownership.h"
#include "daemon/model/origin.h"
#include "daemon/store/retired.h"

namespace userd {

namespace {

// What a call can change of the row itself.
auto changeable(const User& user) {
    return std::tie(user.primary_group, user.first_name, user.last_name, user.display_name, user.email,
                    user.phone, user.shell, user.home, user.user_class, user.notify, user.mfa,
                    user.enrol_until, user.not_before, user.expires, user.must_change, user.metadata,
                    user.set);
}

Result<UserDraft> draft_of(const User& user) {
    UserDraft draft;
    draft.user = user;
    draft.email_folded = TRY(Email::parse(user.email, {})).folded;
    return draft;
}

Result<void> check_own_shell(const UserDraft& draft, const User& before, const HostFiles& host) {
    if (draft.user.shell == before.shell || host.is_shell(draft.user.shell)) return {};
    return fail(Error{Errc::invalid,
                      fmt::format("the shell cannot be {}: /etc/shells does not list it", draft.user.shell),
                      "a shell of /etc/shells", "shell"});
}

// A field that does what a member of its own does.
Result<void> check_worth_of_a_code(const ChangeOptions& options, const User& before, const User& after) {
    if (before.mfa != after.mfa || before.enrol_until != after.enrol_until)
        TRY(check_step_up(options, "mfa-reset"));
    if (before.expires != after.expires || before.not_before != after.not_before)
        TRY(check_step_up(options, "suspend"));
    return {};
}

}  // namespace

Result<Outcome> Directory::update_user(const Actor& actor, ObjectId id, const Fields& fields,
                                       const ChangeOptions& options) {
    auto& impl = *impl_;
    return impl.change(actor, options, [&](Work& work) -> Result<Fields> {
        const auto before = TRY(impl.changeable_user(id));
        const auto old_record = TRY(impl.user_record(before, true));
        auto draft = TRY(draft_of(before));
        TRY(apply_fields(draft, fields, *impl.config,
                         options.self_service ? Purpose::self_service : Purpose::change));
        for (const auto& [name, value] : fields)
            TRY(check_user(impl.store, actor, find_user_field(name)->grant, before, work.now));
        if (options.self_service) TRY(check_own_shell(draft, before, impl.host));
        TRY(check_worth_of_a_code(options, before, draft.user));
        if (draft.user.enrol_until != before.enrol_until)
            TRY(check_enrol_until(draft.user.enrol_until, work.now));
        if (fields.contains("enrol_until"))
            work.enrolments.leave_alone(id);
        else if (draft.user.mfa != before.mfa)
            TRY(work.enrolments.note(id));
        TRY(impl.resolve_primary_group(draft));
        TRY(check_owner(before, draft, fields, *impl.config));
        if (draft.user.email != before.email) TRY(impl.check_email(draft));
        TRY(check_whole(draft.user));
        if (draft.user.primary_group != before.primary_group)
            for (const auto group : {before.primary_group, draft.user.primary_group}) {
                if (!group) continue;
                const auto found = TRY(impl.group(group));
                TRY(impl.check_membership(work, before, {group, found.name}));
            }
        if (changeable(draft.user) != changeable(before)) {
            TRY(impl.write_user(work, draft.user));
        }
        TRY(impl.write_tags(draft, work));
        TRY(impl.write_groups(draft, work));
        TRY(impl.write_local_groups(draft, work));
        TRY(impl.write_roles(draft, work));
        return impl.finish_user(work, id, "user.update", "updated", old_record);
    });
}

Result<Outcome> Directory::rename_user(const Actor& actor, ObjectId id, std::string_view name,
                                       const ChangeOptions& options) {
    auto& impl = *impl_;
    return impl.change(actor, options, [&](Work& work) -> Result<Fields> {
        const auto before = TRY(impl.changeable_user(id));
        const auto old_record = TRY(impl.user_record(before, true));
        TRY(check_user(impl.store, actor, RoleGrant::user_update, before, work.now));
        if (before.name == name) return old_record;
        if (is_mirrored(before))
            return owned_by_server(*impl.config, before.source, fmt::format("rename {}", before.name),
                                   "name");
        TRY(impl.check_new_name(name, work.now, id, false));
        auto user = before;
        user.name = name;
        TRY(impl.write_user(work, user));
        TRY(impl.store.retired().hold_name(before.name, work.now + impl.config->users.names_hold, "renamed",
                                           id));
        return impl.finish_user(work, id, "user.rename", "renamed", old_record);
    });
}

}  // namespace userd
