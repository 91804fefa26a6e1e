// SPDX-License-Identifier: LGPL-2.1-or-later
// org.userd1.User: the account itself, and the table. What it may do for itself stands in the second action
// of a row; what narrows that (fields, the old password) at the top of the handler.
#include "daemon/bus/user.h"

#include "daemon/bus/dispatch.h"
#include "daemon/bus/record.h"
#include "daemon/bus/suspension.h"
#include "daemon/bus/tables.h"

namespace userd::bus {

Result<UserObject> UserObject::find(Core& core, const Call& call) {
    if (!call.subject()) return at(core, call.path());
    auto user = TRY(core.directory.find_user(call.subject()));
    if (!user) return fail(Errc::no_such_user, "the user is gone");
    return UserObject(core, *std::move(user));
}

Result<UserObject> UserObject::at(Core& core, std::string_view path) {
    const auto uid = TRY(number_of_path(path, user_prefix));
    auto user = TRY(core.directory.find_user_by_uid(uid));
    if (!user) return fail(Errc::no_such_user, "no user has the uid {}", uid);
    return UserObject(core, *std::move(user));
}

Result<void> UserObject::describe(Call& call) {
    return call.reply(TRY(user_record(core_, user_, call.sees_private())));
}

Result<void> UserObject::update(Call& call) {
    const auto fields = TRY(call.read_fields());
    auto change = TRY(call.read_change());
    change.options.self_service = call.right() == Right::self;
    return reply(call, TRY(core_.directory.update_user(call.actor(), user_.id, fields, change.options)));
}

Result<void> UserObject::suspend(Call& call) {
    auto change = TRY(call.read_change({"reason", "until", "keep_sessions"}));
    change.options.self_service = call.right() == Right::self;
    const auto reason = TRY(optional_text(change.fields, "reason"));
    const auto until = TRY(time_in(change.fields, "until"));
    change.options.keep_sessions = TRY(optional_flag(change.fields, "keep_sessions")).value_or(false);
    auto outcome = TRY(core_.directory.suspend_user(call.actor(), user_.id, reason, until, change.options));
    return finish_suspension(core_, call, user_, std::move(outcome), change.options);
}

Result<void> UserObject::resume(Call& call) {
    const auto change = TRY(call.read_change({"reason"}));
    const auto reason = TRY(optional_text(change.fields, "reason"));
    auto outcome = TRY(core_.directory.resume_user(call.actor(), user_.id, reason, change.options));
    return finish_resumption(core_, call, user_, std::move(outcome), change.options);
}

Result<void> UserObject::approve(Call& call) {
    const auto change = TRY(call.read_change({"role", "reason"}));
    const auto role = TRY(optional_text(change.fields, "role"));
    const auto reason = TRY(optional_text(change.fields, "reason"));
    if (role.empty())
        return reply(call, TRY(core_.directory.approve_user(call.actor(), user_.id, reason, change.options)));
    Outcome outcome;
    const auto both = [&]() -> Result<void> {  // active, and with the role
        ChangeOptions part;
        part.owes = change.options.owes;
        TRY(core_.directory.approve_user(call.actor(), user_.id, reason, part));
        outcome.record =
            TRY(core_.directory.update_user(call.actor(), user_.id, {{"role", role}}, part)).record;
        return {};
    };
    outcome.changed = TRY(core_.directory.batch(change.options, both));
    return reply(call, outcome);
}

Result<void> UserObject::reject(Call& call) {
    const auto change = TRY(call.read_change({"reason"}));
    const auto reason = TRY(optional_text(change.fields, "reason"));
    return reply(call, TRY(core_.directory.reject_user(call.actor(), user_.id, reason, change.options)));
}

Result<void> UserObject::set_default_role(Call& call) {
    const auto role = TRY(call.read_string());
    const auto options = TRY(call.read_flags());
    return reply(call, TRY(core_.directory.set_default_role(call.actor(), user_.id, role, options)));
}

const sd_bus_vtable user_table[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD_WITH_ARGS("Describe", SD_BUS_NO_ARGS, SD_BUS_RESULT("a{sv}", record),
                            (on_call<&UserObject::describe, Action::anyone_private>),
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Update", SD_BUS_ARGS("a{sv}", fields, "a{sv}", options, "t", flags),
                            SD_BUS_RESULT("b", changed, "a{sv}", record),
                            (on_call<&UserObject::update, Action::manage_users, Action::self_update>),
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Rename", SD_BUS_ARGS("s", name, "a{sv}", options, "t", flags),
                            SD_BUS_RESULT("b", changed, "a{sv}", record),
                            (on_call<&UserObject::rename, Action::manage_users>), SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Suspend", SD_BUS_ARGS("a{sv}", options, "t", flags),
                            SD_BUS_RESULT("b", changed, "a{sv}", record),
                            (on_call<&UserObject::suspend, Action::suspend_user, Action::self_update>),
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Resume", SD_BUS_ARGS("a{sv}", options, "t", flags),
                            SD_BUS_RESULT("b", changed, "a{sv}", record),
                            (on_call<&UserObject::resume, Action::suspend_user>), SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS(
        "Approve", SD_BUS_ARGS("a{sv}", options, "t", flags), SD_BUS_RESULT("b", changed, "a{sv}", record),
        (on_call<&UserObject::approve, Action::suspend_user>), SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Reject", SD_BUS_ARGS("a{sv}", options, "t", flags),
                            SD_BUS_RESULT("b", changed, "a{sv}", record),
                            (on_call<&UserObject::reject, Action::suspend_user>), SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Delete", SD_BUS_ARGS("a{sv}", options, "t", flags),
                            SD_BUS_RESULT("b", changed, "a{sv}", record),
                            (on_call<&UserObject::remove, Action::delete_user>), SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("ListAudit", SD_BUS_ARGS("a{sv}", query, "t", offset, "t", limit),
                            SD_BUS_RESULT("aa{sv}", page, "t", total),
                            (on_call<&UserObject::list_audit, Action::read_audit, Action::self_update>),
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Explain", SD_BUS_ARGS("a{sv}", query),
                            SD_BUS_RESULT("a{sv}", verdict, "aa{sv}", points),
                            (on_call<&UserObject::explain, Action::read_private, Action::self_update>),
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Resources", SD_BUS_ARGS("h", to, "a{sv}", options, "t", flags), SD_BUS_NO_RESULT,
                            (on_call<&UserObject::resources, Action::read_private>),
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Transfer", SD_BUS_ARGS("s", to, "a{sv}", options, "t", flags),
                            SD_BUS_RESULT("b", changed, "a{sv}", record),
                            (on_call<&UserObject::transfer, Action::delete_user>),
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS(
        "SetDefaultRole", SD_BUS_ARGS("s", name, "t", flags), SD_BUS_RESULT("b", changed, "a{sv}", record),
        (on_call<&UserObject::set_default_role, Action::grant_roles, Action::self_update>),
        SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Unlock", SD_BUS_ARGS("t", flags), SD_BUS_RESULT("b", changed),
                            (on_call<&UserObject::unlock, Action::unlock_user>), SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS(
        "SetPassword", SD_BUS_ARGS("a{sv}", secrets, "a{sv}", options, "t", flags),
        SD_BUS_RESULT("a{sv}", secrets),
        (on_call<&UserObject::set_password, Action::reset_password, Action::self_password>),
        SD_BUS_VTABLE_UNPRIVILEGED | SD_BUS_VTABLE_SENSITIVE),
    SD_BUS_METHOD_WITH_ARGS(
        "PasswordPolicy", SD_BUS_NO_ARGS, SD_BUS_RESULT("a{sv}", policy),
        (on_call<&UserObject::password_policy, Action::read_private, Action::self_password>),
        SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS(
        "TestPassword", SD_BUS_ARGS("h", password), SD_BUS_RESULT("aa{sv}", rules),
        (on_call<&UserObject::test_password, Action::read_private, Action::self_password>),
        SD_BUS_VTABLE_UNPRIVILEGED | SD_BUS_VTABLE_SENSITIVE),
    SD_BUS_METHOD_WITH_ARGS("MfaStatus", SD_BUS_NO_ARGS, SD_BUS_RESULT("a{sv}", status),
                            (on_call<&UserObject::mfa_status, Action::read_private, Action::self_mfa>),
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("BeginTotp", SD_BUS_ARGS("a{sv}", secrets, "t", flags),
                            SD_BUS_RESULT("a{sv}", secrets),
                            (on_call<&UserObject::begin_totp, Action::self_mfa>),
                            SD_BUS_VTABLE_UNPRIVILEGED | SD_BUS_VTABLE_SENSITIVE),
    SD_BUS_METHOD_WITH_ARGS("ConfirmTotp", SD_BUS_ARGS("h", code, "t", flags),
                            SD_BUS_RESULT("a{sv}", secrets),
                            (on_call<&UserObject::confirm_totp, Action::self_mfa>),
                            SD_BUS_VTABLE_UNPRIVILEGED | SD_BUS_VTABLE_SENSITIVE),
    SD_BUS_METHOD_WITH_ARGS("DisableTotp", SD_BUS_ARGS("h", code, "t", flags), SD_BUS_NO_RESULT,
                            (on_call<&UserObject::disable_totp, Action::self_mfa>),
                            SD_BUS_VTABLE_UNPRIVILEGED | SD_BUS_VTABLE_SENSITIVE),
    SD_BUS_METHOD_WITH_ARGS("ResetMfa", SD_BUS_ARGS("a{sv}", options, "t", flags), SD_BUS_NO_RESULT,
                            (on_call<&UserObject::reset_mfa, Action::reset_mfa>), SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("CreateCode", SD_BUS_ARGS("t", seconds, "t", flags), SD_BUS_RESULT("h", code),
                            (on_call<&UserObject::create_code, Action::create_code>),
                            SD_BUS_VTABLE_UNPRIVILEGED | SD_BUS_VTABLE_SENSITIVE),
    SD_BUS_METHOD_WITH_ARGS("RegenerateRecovery", SD_BUS_ARGS("h", code, "t", flags),
                            SD_BUS_RESULT("h", codes),
                            (on_call<&UserObject::regenerate_recovery, Action::self_mfa>),
                            SD_BUS_VTABLE_UNPRIVILEGED | SD_BUS_VTABLE_SENSITIVE),
    SD_BUS_METHOD_WITH_ARGS("ListRemembered", SD_BUS_NO_ARGS, SD_BUS_RESULT("aa{sv}", places),
                            (on_call<&UserObject::list_remembered, Action::read_private, Action::self_mfa>),
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("ForgetRemembered", SD_BUS_ARGS("t", flags), SD_BUS_RESULT("b", changed),
                            (on_call<&UserObject::forget_remembered, Action::reset_mfa, Action::self_mfa>),
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("ListSshKeys", SD_BUS_NO_ARGS, SD_BUS_RESULT("aa{sv}", keys),
                            (on_call<&UserObject::list_ssh_keys, Action::read_private, Action::self_update>),
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("AddSshKey", SD_BUS_ARGS("s", line, "a{sv}", options, "t", flags),
                            SD_BUS_RESULT("s", fingerprint),
                            (on_call<&UserObject::add_ssh_key, Action::manage_keys, Action::self_update>),
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("RemoveSshKey", SD_BUS_ARGS("s", fingerprint, "t", flags),
                            SD_BUS_RESULT("b", changed),
                            (on_call<&UserObject::remove_ssh_key, Action::manage_keys, Action::self_update>),
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_PROPERTY("Name", "s", (on_get<&UserObject::name, Action::anyone>), 0,
                    SD_BUS_VTABLE_PROPERTY_EMITS_INVALIDATION),
    SD_BUS_PROPERTY("Uid", "u", (on_get<&UserObject::uid, Action::anyone>), 0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_PROPERTY("Gid", "u", (on_get<&UserObject::gid, Action::anyone>), 0,
                    SD_BUS_VTABLE_PROPERTY_EMITS_INVALIDATION),
    SD_BUS_PROPERTY("DisplayName", "s", (on_get<&UserObject::display_name, Action::anyone>), 0,
                    SD_BUS_VTABLE_PROPERTY_EMITS_INVALIDATION),
    SD_BUS_PROPERTY("Shell", "s", (on_get<&UserObject::shell, Action::anyone>), 0,
                    SD_BUS_VTABLE_PROPERTY_EMITS_INVALIDATION),
    SD_BUS_PROPERTY("Home", "s", (on_get<&UserObject::home, Action::anyone>), 0,
                    SD_BUS_VTABLE_PROPERTY_EMITS_INVALIDATION),
    SD_BUS_PROPERTY("State", "s", (on_get<&UserObject::state, Action::anyone>), 0,
                    SD_BUS_VTABLE_PROPERTY_EMITS_INVALIDATION),
    SD_BUS_PROPERTY("Generation", "t", (on_get<&UserObject::generation, Action::anyone>), 0,
                    SD_BUS_VTABLE_PROPERTY_EMITS_INVALIDATION),
    SD_BUS_VTABLE_END,
};

}  // namespace userd::bus
