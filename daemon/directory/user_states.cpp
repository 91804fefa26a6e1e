// SPDX-License-Identifier: LGPL-2.1-or-later
// The ways from state to state:  pending → active (approve), pending → suspended (reject),
// active ⇄ suspended (suspend, resume), suspended → gone (delete).
#include "daemon/directory/impl.h"
#include "daemon/directory/ownership.h"
#include "daemon/directory/plain_text.h"
#include "daemon/model/words.h"
#include "daemon/store/retired.h"

namespace userd {

namespace {

Failure wrong_state(const User& user, std::string_view deed, std::string_view rule, std::string hint) {
    return fail(Error{Errc::policy_violation,
                      fmt::format("Cannot {} {}: {} (state: {})", deed, user.name, rule, to_word(user.state)),
                      std::move(hint), "state"});
}

// An account closes itself for good and for its own reason, or not at all.
Result<void> check_own_suspension(const Config& config, std::string_view reason, std::optional<Time> until) {
    if (!config.users.self_suspend)
        return fail(Error{Errc::denied, "only an admin may suspend users", "", "state"});
    if (until || (!reason.empty() && reason != closed_by_itself))
        return fail(
            Error{Errc::denied, "only an admin may say why or until when", "", until ? "until" : "reason"});
    return {};
}

}  // namespace

Result<Outcome> Directory::suspend_user(const Actor& actor, ObjectId id, std::string_view reason,
                                        std::optional<Time> until, const ChangeOptions& options) {
    auto& impl = *impl_;
    return impl.change(actor, options, [&](Work& work) -> Result<Fields> {
        if (options.self_service) {
            TRY(check_own_suspension(*impl.config, reason, until));
            reason = closed_by_itself;
        } else {
            TRY(check_step_up(options, "suspend"));
        }
        auto user = TRY(impl.changeable_user(id));
        TRY(check_user(impl.store, actor, RoleGrant::user_suspend, user, work.now));
        const auto before = TRY(impl.user_record(user, true));
        if (user.state == UserState::suspended && user.suspended_until == until &&
            (reason.empty() || reason == user.state_reason))
            return before;
        if (until && *until <= work.now)
            return fail(Error{Errc::invalid,
                              fmt::format("Cannot suspend {} until a time that is over", user.name), "",
                              "until"});
        if (user.state == UserState::pending)
            return wrong_state(user, "suspend", "it waits for approval",
                               fmt::format("userctl reject {}", user.name));
        const bool keeps_reason = user.state == UserState::suspended && reason.empty();
        if (!keeps_reason) user.state_reason = TRY(parse_line(reason, "reason"));
        user.state = UserState::suspended;
        user.suspended_until = until;
        TRY(impl.write_user(work, user));
        auto record = TRY(impl.finish_user(work, id, "user.suspend", "suspended", before, user.state_reason));
        if (work.changed()) work.events.back().keeps_sessions = options.keep_sessions;
        return record;
    });
}

Result<Outcome> Directory::resume_user(const Actor& actor, ObjectId id, std::string_view reason,
                                       const ChangeOptions& options) {
    auto& impl = *impl_;
    return impl.change(actor, options, [&](Work& work) -> Result<Fields> {
        const auto why = TRY(parse_line(reason, "reason"));
        auto user = TRY(impl.changeable_user(id));
        TRY(check_user(impl.store, actor, RoleGrant::user_suspend, user, work.now));
        const auto before = TRY(impl.user_record(user, true));
        if (user.state == UserState::active) return before;
        if (const auto out = TRY(kept_out(impl.store, user)); !out.empty())
            return owned_by_server(*impl.config, user.source, fmt::format("resume {}, {}", user.name, out));
        if (user.state == UserState::pending)
            return wrong_state(user, "resume", "it waits for approval",
                               fmt::format("userctl approve {}", user.name));
        user.state = UserState::active;
        user.state_reason.clear();
        user.suspended_until.reset();
        TRY(impl.write_user(work, user));
        return impl.finish_user(work, id, "user.resume", "resumed", before, why);
    });
}

Result<Outcome> Directory::approve_user(const Actor& actor, ObjectId id, std::string_view reason,
                                        const ChangeOptions& options) {
    auto& impl = *impl_;
    return impl.change(actor, options, [&](Work& work) -> Result<Fields> {
        const auto why = TRY(parse_line(reason, "reason"));
        auto user = TRY(impl.changeable_user(id));
        TRY(check_user(impl.store, actor, RoleGrant::user_suspend, user, work.now));
        const auto before = TRY(impl.user_record(user, true));
        if (user.state == UserState::active) return before;
        if (user.state == UserState::suspended)
            return wrong_state(user, "approve", "it is suspended, not pending",
                               fmt::format("userctl resume {}", user.name));
        user.state = UserState::active;
        user.enrol_until = work.now + impl.config->mfa.enrol_window;
        TRY(impl.write_user(work, user));
        return impl.finish_user(work, id, "user.approve", "approved", before, why);
    });
}

Result<Outcome> Directory::reject_user(const Actor& actor, ObjectId id, std::string_view reason,
                                       const ChangeOptions& options) {
    auto& impl = *impl_;
    return impl.change(actor, options, [&](Work& work) -> Result<Fields> {
        auto user = TRY(impl.changeable_user(id));
        TRY(check_user(impl.store, actor, RoleGrant::user_suspend, user, work.now));
        const auto before = TRY(impl.user_record(user, true));
        if (user.state == UserState::suspended) return before;
        if (user.state == UserState::active)
            return wrong_state(user, "reject", "only a pending user can be rejected",
                               fmt::format("userctl suspend {}", user.name));
        user.state = UserState::suspended;
        user.state_reason = reason.empty() ? "rejected" : TRY(parse_line(reason, "reason"));
        TRY(impl.write_user(work, user));
        return impl.finish_user(work, id, "user.reject", "rejected", before, user.state_reason);
    });
}

Result<Outcome> Directory::delete_user(const Actor& actor, ObjectId id, const ChangeOptions& options) {
    auto& impl = *impl_;
    return impl.change(actor, options, [&](Work& work) -> Result<Fields> {
        const auto user = TRY(impl.user(id));
        TRY(check_user(impl.store, actor, RoleGrant::user_delete, user, work.now));
        if (is_served(*impl.config, user.source))
            return owned_by_server(*impl.config, user.source, fmt::format("delete {}", user.name));
        TRY(check_step_up(options, "delete-user"));
        if (user.state != UserState::suspended)
            return fail(
                Error{Errc::not_suspended,
                      fmt::format("Cannot delete {}: only a suspended user can be deleted (state: {})",
                                  user.name, to_word(user.state)),
                      fmt::format("userctl suspend {}", user.name), ""});
        const auto record = TRY(impl.user_record(user, true));
        for (const auto& membership : TRY(impl.store.groups().of_user(id, work.now)))
            work.tell(true, membership.gid, "members");
        auto& retired = impl.store.retired();
        const auto generation = TRY(work.generation());
        TRY(retired.bury(store::Retired::Kind::user, user.uid, user.name, id, work.now, generation));
        TRY(retired.hold_name(user.name, work.now + impl.config->users.names_hold, "deleted", user.id));
        TRY(impl.store.users().remove(id));
        TRY(work.audit("user.delete", "user:" + user.name, id, record, {}));
        work.tell(false, user.uid, "deleted");
        return record;
    });
}

Result<User> Directory::Impl::changeable_user(ObjectId id) {
    auto found = TRY(user(id));
    if (held_users->contains(id))
        return fail(Error{Errc::policy_violation,
                          fmt::format("{} is being deleted", found.name),
                          "try again when that is over",
                          {}});
    return found;
}

Result<Directory::Hold> Directory::hold_user(const User& user) {
    TRY(impl_->changeable_user(user.id));
    impl_->held_users->insert(user.id);
    return Hold(new ObjectId(user.id), [held = std::weak_ptr(impl_->held_users)](const ObjectId* id) {
        if (const auto ids = held.lock()) ids->erase(*id);
        delete id;
    });
}

Result<void> Directory::record_deed(const Actor& actor, const User& user, std::string_view action,
                                    const Fields& before, const Fields& after) {
    const auto recorded = impl_->change(actor, {}, [&](Work& work) -> Result<Fields> {
        TRY(work.audit(action, "user:" + user.name, user.id, before, after));
        return Fields{};
    });
    if (!recorded) return Failure(recorded.error());
    return {};
}

}  // namespace userd
