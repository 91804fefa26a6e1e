// SPDX-License-Identifier: LGPL-2.1-or-later
// org.userd1.Manager at /org/userd1: what concerns no single object, and the way to those that do.
#include "common/base/text.h"
#include "daemon/bus/adopt.h"
#include "daemon/bus/audit.h"
#include "daemon/bus/backup.h"
#include "daemon/bus/check.h"
#include "daemon/bus/create_user.h"
#include "daemon/bus/dispatch.h"
#include "daemon/bus/explain.h"
#include "daemon/bus/export.h"
#include "daemon/bus/import.h"
#include "daemon/bus/record.h"
#include "daemon/bus/secret_fd.h"
#include "daemon/bus/state.h"
#include "daemon/bus/tables.h"

namespace userd::bus {
namespace {

class ManagerObject {
 public:
    explicit ManagerObject(Core& core) : core_(core) {}
    static Result<ManagerObject> find(Core& core, const Call&) { return ManagerObject(core); }
    static Result<ManagerObject> at(Core& core, std::string_view) { return ManagerObject(core); }
    ObjectId id() const { return {}; }
    bool belongs_to(const Call&) const { return false; }

    Result<void> status(Call& call);
    Result<void> metrics(Call& call);
    Result<void> who_am_i(Call& call);
    Result<void> list_users(Call& call);
    Result<void> list_groups(Call& call);
    Result<void> get_user(Call& call);
    Result<void> get_group(Call& call);
    Result<void> create_user(Call& call);
    Result<void> create_group(Call& call);
    Result<void> add_members(Call& call);
    Result<void> remove_members(Call& call);
    Result<void> list_all_ssh_keys(Call& call);
    Result<void> list_roles(Call& call);
    Result<void> get_role(Call& call);
    Result<void> create_role(Call& call);
    Result<void> assume_role(Call& call);
    Result<void> step_up(Call& call);
    Result<void> show_config(Call& call);
    Result<void> reload(Call& call);
    std::string version() const { return USERD_VERSION; }
    std::uint64_t generation() const { return core_.directory.generation(); }

 private:
    Core& core_;
};

ObjectId id_in(const Fields& row) {
    return {static_cast<std::int64_t>(parse_number(text_in(row, "id")).value_or(0))};
}

Result<void> ManagerObject::status(Call& call) {
    Fields fields = core_.status();
    fields["version"] = version();
    fields["generation"] = static_cast<std::int64_t>(generation());
    return call.reply(fields);
}

Result<void> ManagerObject::metrics(Call& call) {
    return call.reply(core_.metrics());
}

Result<void> ManagerObject::who_am_i(Call& call) {
    Fields fields{{"uid", static_cast<std::int64_t>(call.caller().uid)}};
    if (const auto id = call.caller_id())
        if (const auto user = TRY(core_.directory.find_user(id)))
            fields = TRY(user_record(core_, *user, true));
    return call.reply(fields);
}

Result<void> reply_users(Core& core, Call& call, Result<Page> found) {
    auto page = TRY(std::move(found));
    if (call.sees_private())
        for (auto& row : page.rows) row.merge(TRY(core.credentials.record(id_in(row))));
    else if (const auto own = call.rights(); own && own->has(RoleGrant::user_read))
        for (auto& row : page.rows)  // whom the caller's roles reach
            if (const auto user = TRY(core.directory.find_user(id_in(row))); user && call.may_see(*user))
                row = TRY(user_record(core, *user, true));
    return call.reply(page.rows, page.total);
}

Result<void> ManagerObject::list_users(Call& call) {
    const auto query = TRY(call.read_fields());
    const auto extent = TRY(call.read_extent());
    const auto [offset, limit] = extent;
    if (!Directory::takes_long(query))
        return reply_users(core_, call,
                           core_.directory.list_users(query, offset, limit, call.sees_private()));
    auto search = TRY(core_.directory.search_users(query, offset, limit, call.sees_private()));
    core_.long_jobs.run(std::move(search), [&core = core_,
                                            call](const Result<store::UserPage>& found) mutable {
        call.finish(found ? reply_users(core, call, core.directory.show_users(*found, call.sees_private()))
                          : Failure(found.error()));
    });
    return {};
}

Result<void> ManagerObject::list_groups(Call& call) {
    const auto query = TRY(call.read_fields());
    const auto extent = TRY(call.read_extent());
    const auto page = TRY(core_.directory.list_groups(query, extent.offset, extent.limit));
    return call.reply(page.rows, page.total);
}

Result<void> ManagerObject::get_user(Call& call) {
    const auto target = TRY(call.read_string());
    const auto user = TRY(core_.directory.get_user(target));
    return call.reply(user_path(user.uid), TRY(user_record(core_, user, call.may_see(user))));
}

Result<void> ManagerObject::get_group(Call& call) {
    const auto target = TRY(call.read_string());
    const auto group = TRY(core_.directory.get_group(target));
    return call.reply(group_path(group.gid), TRY(core_.directory.group_record(group)));
}

Result<void> ManagerObject::create_user(Call& call) {
    NewUser request;
    request.name = TRY(call.read_string());
    request.fields = TRY(call.read_fields());
    if (auto keys = request.fields.extract("ssh_authorized_keys")) {
        auto* lines = std::get_if<std::vector<std::string>>(&keys.mapped());
        if (lines == nullptr)
            return fail(Error{Errc::invalid, "the keys are not a list of lines", "", "ssh_authorized_keys"});
        request.keys = std::move(*lines);
    }
    auto secrets = TRY(call.read_secret_fields({"password", "hash", "generate", "totp"}));
    request.options = TRY(call.read_flags());
    bus::create_user(core_, call, std::move(request), std::move(secrets));
    return {};
}

Result<void> ManagerObject::create_group(Call& call) {
    const auto name = TRY(call.read_string());
    const auto fields = TRY(call.read_fields());
    const auto options = TRY(call.read_flags());
    const auto outcome = TRY(core_.directory.create_group(call.actor(), name, fields, options));
    return call.reply(group_path(number_in(outcome.record, "gid")), outcome.record);
}

Result<void> ManagerObject::add_members(Call& call) {
    const auto group = TRY(call.read_string());
    const auto members = TRY(call.read_strings());
    const auto change = TRY(call.read_change({"until"}));
    const auto until = TRY(time_in(change.fields, "until"));
    const auto outcome =
        TRY(core_.directory.add_members(call.actor(), group, members, until, change.options));
    return call.reply(outcome.changed, outcome.record);
}

Result<void> ManagerObject::remove_members(Call& call) {
    const auto group = TRY(call.read_string());
    const auto members = TRY(call.read_strings());
    const auto change = TRY(call.read_change());
    const auto outcome = TRY(core_.directory.remove_members(call.actor(), group, members, change.options));
    return call.reply(outcome.changed, outcome.record);
}

Result<void> ManagerObject::list_all_ssh_keys(Call& call) {
    const auto extent = TRY(call.read_extent());
    const auto rows = TRY(core_.credentials.list_all_ssh_keys(extent.offset, extent.limit));
    return call.reply(rows, TRY(core_.credentials.count_ssh_keys()));
}

Result<void> ManagerObject::list_roles(Call& call) {
    const auto extent = TRY(call.read_extent());
    const auto page = TRY(core_.directory.list_roles(extent.offset, extent.limit));
    return call.reply(page.rows, page.total);
}

Result<void> ManagerObject::get_role(Call& call) {
    const auto name = TRY(call.read_string());
    const auto role = TRY(core_.directory.get_role(name));
    return call.reply(role_path(role.name), core_.directory.role_record(role));
}

Result<void> ManagerObject::create_role(Call& call) {
    const auto name = TRY(call.read_string());
    const auto fields = TRY(call.read_fields());
    const auto options = TRY(call.read_flags());
    const auto outcome = TRY(core_.directory.create_role(call.actor(), name, fields, options));
    return call.reply(role_path(name), outcome.record);
}

Result<void> ManagerObject::assume_role(Call& call) {
    const auto name = TRY(call.read_string());
    TRY(call.assume_role(name));
    return call.reply();
}

Result<void> ManagerObject::step_up(Call& call) {
    std::map<std::string, Fd, std::less<>> fds;
    fds.emplace("code", TRY(call.read_fd()));
    const auto options = TRY(call.read_flags());
    read_secrets(core_.loop, std::move(fds), [&core = core_, call, options](Result<Secrets> secrets) mutable {
        if (!secrets) return call.fail(secrets.error());
        if (options.dry_run) return call.finish(call.reply());
        const auto done = core.credentials.step_up(call.actor(), std::move(secrets->begin()->second));
        call.finish(done ? call.reply() : done);
    });
    return {};
}

Result<void> ManagerObject::show_config(Call& call) {
    return call.reply(core_.config().shown);
}

Result<void> ManagerObject::reload(Call& call) {
    const auto options = TRY(call.read_flags());
    TRY(core_.reload(options));
    return call.reply();
}

}  // namespace

const sd_bus_vtable manager_table[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD_WITH_ARGS("Status", SD_BUS_NO_ARGS, SD_BUS_RESULT("a{sv}", status),
                            (on_call<&ManagerObject::status, Action::anyone>), SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Metrics", SD_BUS_NO_ARGS, SD_BUS_RESULT("s", text),
                            (on_call<&ManagerObject::metrics, Action::anyone>), SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("WhoAmI", SD_BUS_NO_ARGS, SD_BUS_RESULT("a{sv}", record),
                            (on_call<&ManagerObject::who_am_i, Action::anyone>), SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("ListUsers", SD_BUS_ARGS("a{sv}", query, "t", offset, "t", limit),
                            SD_BUS_RESULT("aa{sv}", page, "t", total),
                            (on_call<&ManagerObject::list_users, Action::anyone_private>),
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("ListGroups", SD_BUS_ARGS("a{sv}", query, "t", offset, "t", limit),
                            SD_BUS_RESULT("aa{sv}", page, "t", total),
                            (on_call<&ManagerObject::list_groups, Action::anyone>),
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("GetUser", SD_BUS_ARGS("s", target), SD_BUS_RESULT("o", path, "a{sv}", record),
                            (on_call<&ManagerObject::get_user, Action::anyone_private>),
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("GetGroup", SD_BUS_ARGS("s", target), SD_BUS_RESULT("o", path, "a{sv}", record),
                            (on_call<&ManagerObject::get_group, Action::anyone>), SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("CreateUser",
                            SD_BUS_ARGS("s", name, "a{sv}", fields, "a{sv}", secrets, "t", flags),
                            SD_BUS_RESULT("o", path, "a{sv}", record, "a{sv}", secrets),
                            (on_call<&ManagerObject::create_user, Action::create_user>),
                            SD_BUS_VTABLE_UNPRIVILEGED | SD_BUS_VTABLE_SENSITIVE),
    SD_BUS_METHOD_WITH_ARGS("CreateGroup", SD_BUS_ARGS("s", name, "a{sv}", fields, "t", flags),
                            SD_BUS_RESULT("o", path, "a{sv}", record),
                            (on_call<&ManagerObject::create_group, Action::create_group>),
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS(
        "AddMembers", SD_BUS_ARGS("s", group, "as", members, "a{sv}", options, "t", flags),
        SD_BUS_RESULT("b", changed, "a{sv}", record),
        (on_call<&ManagerObject::add_members, Action::manage_members>), SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS(
        "RemoveMembers", SD_BUS_ARGS("s", group, "as", members, "a{sv}", options, "t", flags),
        SD_BUS_RESULT("b", changed, "a{sv}", record),
        (on_call<&ManagerObject::remove_members, Action::manage_members>), SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS(
        "ListAllSshKeys", SD_BUS_ARGS("t", offset, "t", limit), SD_BUS_RESULT("aa{sv}", page, "t", total),
        (on_call<&ManagerObject::list_all_ssh_keys, Action::read_private>), SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("ExplainAll", SD_BUS_ARGS("a{sv}", query, "t", offset, "t", limit),
                            SD_BUS_RESULT("aa{sv}", page, "t", total),
                            (on_call<&ExplainObject::explain_all, Action::read_private>),
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS(
        "ListRoles", SD_BUS_ARGS("t", offset, "t", limit), SD_BUS_RESULT("aa{sv}", page, "t", total),
        (on_call<&ManagerObject::list_roles, Action::anyone>), SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("GetRole", SD_BUS_ARGS("s", name), SD_BUS_RESULT("o", path, "a{sv}", record),
                            (on_call<&ManagerObject::get_role, Action::anyone>), SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("CreateRole", SD_BUS_ARGS("s", name, "a{sv}", fields, "t", flags),
                            SD_BUS_RESULT("o", path, "a{sv}", record),
                            (on_call<&ManagerObject::create_role, Action::manage_roles>),
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("AssumeRole", SD_BUS_ARGS("s", name), SD_BUS_NO_RESULT,
                            (on_call<&ManagerObject::assume_role, Action::anyone>),
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("StepUp", SD_BUS_ARGS("h", code, "t", flags), SD_BUS_NO_RESULT,
                            (on_call<&ManagerObject::step_up, Action::anyone>),
                            SD_BUS_VTABLE_UNPRIVILEGED | SD_BUS_VTABLE_SENSITIVE),
    SD_BUS_METHOD_WITH_ARGS("ListAudit", SD_BUS_ARGS("s", about, "a{sv}", query, "t", offset, "t", limit),
                            SD_BUS_RESULT("aa{sv}", page, "t", total),
                            (on_call<&AuditObject::list, Action::read_audit>), SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("VerifyAudit", SD_BUS_NO_ARGS,
                            SD_BUS_RESULT("a{sv}", chain, "aa{sv}", checkpoints),
                            (on_call<&AuditObject::verify, Action::read_audit>), SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Import", SD_BUS_ARGS("h", pipe, "a{sv}", options, "t", flags),
                            SD_BUS_RESULT("a{sv}", summary, "aa{sv}", problems, "h", results),
                            (on_call<&ImportObject::import, Action::apply>),
                            SD_BUS_VTABLE_UNPRIVILEGED | SD_BUS_VTABLE_SENSITIVE),
    SD_BUS_METHOD_WITH_ARGS("Adopt", SD_BUS_ARGS("s", what, "as", names, "a{sv}", options, "t", flags),
                            SD_BUS_RESULT("b", changed, "aa{sv}", rows),
                            (on_call<&AdoptObject::adopt, Action::root>), SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Apply", SD_BUS_ARGS("h", pipe, "a{sv}", options), SD_BUS_RESULT("s", plan),
                            (on_call<&StateObject::apply, Action::apply>),
                            SD_BUS_VTABLE_UNPRIVILEGED | SD_BUS_VTABLE_SENSITIVE),
    SD_BUS_METHOD_WITH_ARGS("Export", SD_BUS_ARGS("h", pipe, "a{sv}", options), SD_BUS_NO_RESULT,
                            (on_call<&ExportObject::export_all, Action::read_private>),
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("ExportPasswords", SD_BUS_ARGS("h", pipe, "a{sv}", options), SD_BUS_NO_RESULT,
                            (on_call<&ExportObject::export_passwords, Action::root>),
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Check", SD_BUS_ARGS("h", pipe, "a{sv}", options), SD_BUS_RESULT("t", found),
                            (on_call<&CheckObject::check, Action::check>), SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Repair", SD_BUS_ARGS("h", pipe, "a{sv}", options, "t", flags),
                            SD_BUS_RESULT("t", mended, "t", left),
                            (on_call<&CheckObject::repair, Action::repair>), SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Backup", SD_BUS_ARGS("h", file, "a{sv}", secrets, "a{sv}", options, "t", flags),
                            SD_BUS_RESULT("a{sv}", facts), (on_call<&BackupObject::backup, Action::root>),
                            SD_BUS_VTABLE_UNPRIVILEGED | SD_BUS_VTABLE_SENSITIVE),
    SD_BUS_METHOD_WITH_ARGS("CheckBackup", SD_BUS_ARGS("h", file), SD_BUS_RESULT("a{sv}", facts),
                            (on_call<&BackupObject::check, Action::root>), SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Restore", SD_BUS_ARGS("h", file, "a{sv}", secrets, "a{sv}", options, "t", flags),
                            SD_BUS_RESULT("a{sv}", facts), (on_call<&BackupObject::restore, Action::root>),
                            SD_BUS_VTABLE_UNPRIVILEGED | SD_BUS_VTABLE_SENSITIVE),
    SD_BUS_METHOD_WITH_ARGS("ShowConfig", SD_BUS_NO_ARGS, SD_BUS_RESULT("a{s(ss)}", config),
                            (on_call<&ManagerObject::show_config, Action::root>), SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Reload", SD_BUS_ARGS("t", flags), SD_BUS_NO_RESULT,
                            (on_call<&ManagerObject::reload, Action::root>), SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_SIGNAL_WITH_ARGS("UserChanged", SD_BUS_ARGS("u", uid, "s", change), 0),
    SD_BUS_SIGNAL_WITH_ARGS("GroupChanged", SD_BUS_ARGS("u", gid, "s", change), 0),
    SD_BUS_SIGNAL_WITH_ARGS("RoleChanged", SD_BUS_ARGS("s", name, "s", change), 0),
    SD_BUS_PROPERTY("Version", "s", (on_get<&ManagerObject::version, Action::anyone>), 0,
                    SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_PROPERTY("Generation", "t", (on_get<&ManagerObject::generation, Action::anyone>), 0, 0),
    SD_BUS_VTABLE_END,
};

}  // namespace userd::bus
