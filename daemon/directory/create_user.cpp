// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/base/text.h"
#include "daemon/directory/impl.h"
#include "daemon/directory/object_id.h"

namespace userd {

namespace {

std::string with_name(std::string text, std::string_view name) {
    constexpr std::string_view mark = "{name}";
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + name.size()))
        text.replace(at, mark.size(), name);
    return text;
}

// What a call leaves open, from the configuration.
void fill_in(UserDraft& draft, const Config& config) {
    auto& user = draft.user;
    const bool is_sftp = user.kind == UserKind::sftp;
    if (is_sftp) draft.groups.add.push_back(config.users.sftp_group);
    if (user.shell.empty()) user.shell = is_sftp ? no_shell : config.users.shell;
    if (user.home.empty())
        user.home = with_name(is_sftp ? config.users.sftp_home : config.users.home, user.name);
    if (user.user_class.empty()) user.user_class = config.users.user_class;
    if (user.display_name.empty())
        user.display_name = std::string(trimmed(fmt::format("{} {}", user.first_name, user.last_name)));
    if (!draft.roles.exact) draft.roles.exact.emplace({config.users.role});
    if (!draft.primary_group) draft.primary_group = config.users.primary_group;
}

}  // namespace

UserDraft Directory::Impl::new_draft(std::string_view name, const Actor& actor, Time now) const {
    UserDraft draft;
    auto& user = draft.user;
    user.id = new_object_id();
    user.name = name;
    user.state = UserState::active;
    user.notify = "all";
    user.source = "local";
    user.metadata = "{}";
    user.created_by = actor.name;
    user.created_at = user.updated_at = now;
    user.enrol_until = now + config->mfa.enrol_window;
    return draft;
}

Result<void> Directory::Impl::insert_user(Work& work, UserDraft& draft, std::uint32_t uid) {
    auto& user = draft.user;
    const bool asks_for_group = draft.primary_group.has_value();
    fill_in(draft, *config);
    TRY(check_whole(user));
    user.uid = user.gid = uid;
    TRY(resolve_primary_group(draft));
    work.created = user.id;
    work.enrolments.leave_alone(user.id);
    if (asks_for_group && user.primary_group)
        TRY(check_membership(work, user, {user.primary_group, *draft.primary_group}));
    user.generation = TRY(work.generation());
    TRY(store.users().insert(user, draft.email_folded));
    TRY(write_tags(draft, work));
    TRY(write_groups(draft, work));
    TRY(write_local_groups(draft, work));
    return write_roles(draft, work);
}

Result<Outcome> Directory::create_user(const Actor& actor, std::string_view name, const Fields& fields,
                                       const ChangeOptions& options, const Also& also) {
    auto& impl = *impl_;
    return impl.change(actor, options, [&](Work& work) -> Result<Fields> {
        auto draft = impl.new_draft(name, actor, work.now);
        auto& user = draft.user;
        TRY(impl.check_new_name(name, work.now, user.id, false));
        TRY(apply_fields(draft, fields, *impl.config, Purpose::creation));
        TRY(impl.check_email(draft));
        const auto uid = TRY(impl.number_for(name, draft.uid, "uid"));
        TRY(impl.insert_user(work, draft, uid));
        TRY(check_user(impl.store, actor, RoleGrant::user_create, user, work.now));
        if (also) TRY(also(user));
        return impl.finish_user(work, user.id, "user.create", "created", {});
    });
}

}  // namespace userd
