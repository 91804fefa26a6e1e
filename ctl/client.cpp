// SPDX-License-Identifier: LGPL-2.1-or-later
// One method a member: arguments in, reply out. What a connection is stands in ctl/connection.
#include "ctl/client.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstring>

#include "ctl/bus_value.h"
#include "ctl/connection.h"

namespace userd::ctl {
namespace {

constexpr const char* root_path = "/org/userd1";
constexpr const char* manager = "org.userd1.Manager";
constexpr const char* user = "org.userd1.User";
constexpr const char* group = "org.userd1.Group";
constexpr std::size_t most_results = std::size_t{64} << 20U;
constexpr std::chrono::seconds all_files = std::chrono::hours(24);  // where those of a user are gone through
constexpr std::chrono::seconds longest_patience = std::chrono::hours(2);  // thousands of passwords are hashed
constexpr std::chrono::seconds long_patience =
    std::chrono::minutes(15);  // where the whole directory is gone through
constexpr const char* role = "org.userd1.Role";

}  // namespace

Client::Client(ClientOptions options) : connection_(std::make_unique<Connection>(options)) {}
Client::~Client() = default;
bool Client::dry_run() const {
    return connection_->options.dry_run;
}
void Client::set_dry_run(bool dry_run) {
    connection_->options.dry_run = dry_run;
}

namespace {

Fill nothing() {
    return [](sd_bus_message*) { return 0; };
}

// A reply that does not have the agreed shape.
Problem garbled(const char* member, int error) {
    return problem(Exit::failed, "userd's answer to {} cannot be read: {}", member, std::strerror(-error))
        .with_hint("are userctl and userd of the same version?");
}

Answer<Fields> fields_of(const char* member, Answer<Message> reply) {
    const Message message = TRY(std::move(reply));
    Fields fields;
    const int step = read_fields(message.get(), fields);
    if (step < 0) return refuse(garbled(member, step));
    return fields;
}

Answer<Page> page_of(const char* member, Answer<Message> reply) {
    const Message message = TRY(std::move(reply));
    Page page;
    int step = read_rows(message.get(), page.rows);
    if (step >= 0) step = sd_bus_message_read(message.get(), "t", &page.total);
    if (step < 0) return refuse(garbled(member, step));
    return page;
}

Answer<Found> found_of(const char* member, Answer<Message> reply) {
    const Message message = TRY(std::move(reply));
    Found found;
    const char* path = nullptr;
    int step = sd_bus_message_read(message.get(), "o", &path);
    if (step >= 0) step = read_fields(message.get(), found.record);
    if (step < 0) return refuse(garbled(member, step));
    found.path = path;
    return found;
}

Answer<Change> change_of(const char* member, Answer<Message> reply) {
    const Message message = TRY(std::move(reply));
    Change change;
    int flag = 0;
    int step = sd_bus_message_read(message.get(), "b", &flag);
    if (step >= 0) step = read_fields(message.get(), change.record);
    if (step < 0) return refuse(garbled(member, step));
    change.changed = flag != 0;
    return change;
}

Answer<Disclosed> disclosed_of(const char* member, Answer<Message> reply) {
    const Message message = TRY(std::move(reply));
    Disclosed disclosed;
    const int step = read_disclosed(message.get(), disclosed);
    if (step < 0) return refuse(garbled(member, step));
    return disclosed;
}

Answer<bool> flag_of(const char* member, Answer<Message> reply) {
    const Message message = TRY(std::move(reply));
    int flag = 0;
    const int step = sd_bus_message_read(message.get(), "b", &flag);
    if (step < 0) return refuse(garbled(member, step));
    return flag != 0;
}

Answer<Secret> secret_of(const char* member, Answer<Message> reply) {
    const Message message = TRY(std::move(reply));
    Secret secret;
    const int step = read_secret(message.get(), secret);
    if (step < 0) return refuse(garbled(member, step));
    return secret;
}

// The parts of requests, in the order in which they stand in the message.
int put(sd_bus_message* m, std::uint64_t number) {
    return sd_bus_message_append(m, "t", number);
}
int put(sd_bus_message* m, const Fd& fd) {
    return sd_bus_message_append(m, "h", fd.get());
}
int put(sd_bus_message* m, const Client::OpenPipe& open) {
    const int end = open();
    return end < 0 ? end : sd_bus_message_append(m, "h", end);
}
int put(sd_bus_message* m, const Fields& fields) {
    return append_fields(m, fields);
}
int put(sd_bus_message* m, const Secrets& secrets) {
    return append_secrets(m, secrets);
}
int put(sd_bus_message* m, const Secret& secret) {
    return append_secret(m, secret);
}
int put(sd_bus_message* m, std::string_view text) {
    return sd_bus_message_append_basic(m, 's', std::string(text).c_str());
}
int put(sd_bus_message* m, bool flag) {
    return sd_bus_message_append(m, "b", static_cast<int>(flag));
}
int put(sd_bus_message* m, const std::vector<std::string>& list) {
    int step = sd_bus_message_open_container(m, 'a', "s");
    for (const std::string& text : list)
        if (step >= 0) step = sd_bus_message_append_basic(m, 's', text.c_str());
    return step < 0 ? step : sd_bus_message_close_container(m);
}

template <typename... Parts>
Fill parts(const Parts&... part) {
    return [&part...](sd_bus_message* m) {
        int step = 0;
        ((step = step < 0 ? step : put(m, part)), ...);
        return step;
    };
}

}  // namespace

Answer<Fields> Client::status() {
    return fields_of("Status", connection_->call(root_path, manager, "Status", nothing()));
}

Answer<std::string> Client::metrics() {
    const Message reply = TRY(connection_->call(root_path, manager, "Metrics", nothing()));
    const char* text = nullptr;
    const int step = sd_bus_message_read(reply.get(), "s", &text);
    if (step < 0) return refuse(garbled("Metrics", step));
    return std::string(text);
}

Answer<Fields> Client::who_am_i() {
    return fields_of("WhoAmI", connection_->call(root_path, manager, "WhoAmI", nothing()));
}

Answer<void> Client::reload() {
    TRY(connection_->call(root_path, manager, "Reload", nothing()));
    return {};
}

Answer<Page> Client::list_users(const Fields& query, std::uint64_t offset, std::uint64_t limit) {
    return page_of("ListUsers",
                   connection_->call(root_path, manager, "ListUsers", parts(query, offset, limit)));
}

Answer<Page> Client::list_groups(const Fields& query, std::uint64_t offset, std::uint64_t limit) {
    return page_of("ListGroups",
                   connection_->call(root_path, manager, "ListGroups", parts(query, offset, limit)));
}

Answer<Page> Client::list_all_ssh_keys(std::uint64_t offset, std::uint64_t limit) {
    return page_of("ListAllSshKeys",
                   connection_->call(root_path, manager, "ListAllSshKeys", parts(offset, limit)));
}

Answer<Page> Client::list_audit(std::string_view about, const Fields& query, std::uint64_t offset,
                                std::uint64_t limit) {
    return page_of("ListAudit",
                   connection_->call(root_path, manager, "ListAudit", parts(about, query, offset, limit)));
}

Answer<Page> Client::list_audit_of(const std::string& path, const Fields& query, std::uint64_t offset,
                                   std::uint64_t limit) {
    return page_of("ListAudit", connection_->call(path, user, "ListAudit", parts(query, offset, limit)));
}

Answer<Chain> Client::verify_audit() {
    const Message reply = TRY(connection_->call(root_path, manager, "VerifyAudit", nothing()));
    Chain chain;
    int step = read_fields(reply.get(), chain.summary);
    if (step >= 0) step = read_rows(reply.get(), chain.checkpoints);
    if (step < 0) return refuse(garbled("VerifyAudit", step));
    return chain;
}

Answer<Fields> Client::backup(const Fd& file, const Secrets& secrets, const Fields& options) {
    const std::uint64_t flags = 0;
    return fields_of("Backup", connection_->call(root_path, manager, "Backup",
                                                 parts(file, secrets, options, flags), long_patience));
}

Answer<Fields> Client::check_backup(const Fd& file) {
    return fields_of("CheckBackup",
                     connection_->call(root_path, manager, "CheckBackup", parts(file), long_patience));
}

Answer<Fields> Client::restore(const Fd& file, const Secrets& secrets, const Fields& options) {
    const std::uint64_t flags = connection_->flags();
    return fields_of("Restore", connection_->call(root_path, manager, "Restore",
                                                  parts(file, secrets, options, flags), long_patience));
}

Answer<Found> Client::get_user(std::string_view target) {
    return found_of("GetUser", connection_->call(root_path, manager, "GetUser", parts(target)));
}

Answer<Found> Client::get_group(std::string_view target) {
    return found_of("GetGroup", connection_->call(root_path, manager, "GetGroup", parts(target)));
}

Answer<Created> Client::create_user(std::string_view name, const Fields& fields, Secrets secrets) {
    const std::uint64_t flags = connection_->flags();
    const Message reply =
        TRY(connection_->call(root_path, manager, "CreateUser", parts(name, fields, secrets, flags)));
    Created created;
    const char* path = nullptr;
    int step = sd_bus_message_read(reply.get(), "o", &path);
    if (step >= 0) step = read_fields(reply.get(), created.object.record);
    if (step >= 0) step = read_disclosed(reply.get(), created.disclosed);
    if (step < 0) return refuse(garbled("CreateUser", step));
    created.object.path = path;
    return created;
}

Answer<Found> Client::create_group(std::string_view name, const Fields& fields) {
    const std::uint64_t flags = connection_->flags();
    return found_of("CreateGroup",
                    connection_->call(root_path, manager, "CreateGroup", parts(name, fields, flags)));
}

Answer<Change> Client::add_members(std::string_view to, const std::vector<std::string>& members,
                                   const Fields& options) {
    const std::uint64_t flags = connection_->flags();
    return change_of("AddMembers",
                     connection_->call(root_path, manager, "AddMembers", parts(to, members, options, flags)));
}

Answer<Change> Client::remove_members(std::string_view from, const std::vector<std::string>& members) {
    const std::uint64_t flags = connection_->flags();
    return change_of("RemoveMembers", connection_->call(root_path, manager, "RemoveMembers",
                                                        parts(from, members, Fields{}, flags)));
}

Answer<Change> Client::change_members(const std::string& path, const char* member,
                                      const std::vector<std::string>& members, const Fields& options) {
    const std::uint64_t flags = connection_->flags();
    return change_of(member, connection_->call(path, group, member, parts(members, options, flags)));
}

Answer<Change> Client::change_user(const std::string& path, const char* member, const Fields& options) {
    const std::uint64_t flags = connection_->flags();
    return change_of(member, connection_->call(path, user, member, parts(options, flags)));
}

Answer<Change> Client::delete_user(const std::string& path, const Fields& options) {
    const std::uint64_t flags = connection_->flags();
    return change_of("Delete", connection_->call(path, user, "Delete", parts(options, flags), all_files));
}

Answer<Change> Client::transfer(const std::string& path, std::string_view to, const Fields& options) {
    const std::uint64_t flags = connection_->flags();
    return change_of("Transfer",
                     connection_->call(path, user, "Transfer", parts(to, options, flags), all_files));
}

Answer<Fd> Client::open_resources(const std::string& path, const Fields& options) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return refuse(Exit::failed, "make a pipe: {}", std::strerror(errno));
    Fd from(ends[0]);
    const Fd to(ends[1]);
    const std::uint64_t flags = 0;
    TRY(connection_->call(path, user, "Resources", parts(to, options, flags)));
    return from;
}

Answer<Change> Client::change_group(const std::string& path, const char* member, const Fields& options) {
    const std::uint64_t flags = connection_->flags();
    return change_of(member, connection_->call(path, group, member, parts(options, flags)));
}

Answer<Change> Client::update_user(const std::string& path, const Fields& fields, const Fields& options) {
    const std::uint64_t flags = connection_->flags();
    return change_of("Update", connection_->call(path, user, "Update", parts(fields, options, flags)));
}

Answer<Change> Client::update_group(const std::string& path, const Fields& fields, const Fields& options) {
    const std::uint64_t flags = connection_->flags();
    return change_of("Update", connection_->call(path, group, "Update", parts(fields, options, flags)));
}

Answer<Change> Client::rename_user(const std::string& path, std::string_view name, const Fields& options) {
    const std::uint64_t flags = connection_->flags();
    return change_of("Rename",
                     connection_->call(path, user, "Rename", parts(name, options, flags), all_files));
}

Answer<Change> Client::rename_group(const std::string& path, std::string_view name) {
    const std::uint64_t flags = connection_->flags();
    return change_of("Rename", connection_->call(path, group, "Rename", parts(name, Fields{}, flags)));
}

Answer<Page> Client::list_members(const std::string& path, bool nested, std::uint64_t offset,
                                  std::uint64_t limit) {
    return page_of("ListMembers",
                   connection_->call(path, group, "ListMembers", parts(nested, offset, limit)));
}

Answer<Imported> Client::import_users(const OpenPipe& open, const Fields& options) {
    const std::uint64_t flags = connection_->flags();
    const Message reply =
        TRY(connection_->call(root_path, manager, "Import", parts(open, options, flags), longest_patience));
    Imported imported;
    int step = read_fields(reply.get(), imported.summary);
    if (step >= 0) step = read_rows(reply.get(), imported.problems);
    if (step >= 0) step = read_secret(reply.get(), imported.results, most_results);
    if (step < 0) return refuse(garbled("Import", step));
    return imported;
}

Answer<std::string> Client::apply(const OpenPipe& open, const Fields& options, const Fd& passwords) {
    const auto put_option = [](sd_bus_message* m, const char* name, const Value& value) {
        if (const auto* text = std::get_if<std::string>(&value))
            return sd_bus_message_append(m, "{sv}", name, "s", text->c_str());
        if (const auto* number = std::get_if<std::int64_t>(&value))
            return sd_bus_message_append(m, "{sv}", name, "t", static_cast<std::uint64_t>(*number));
        return sd_bus_message_append(m, "{sv}", name, "b", 1);
    };
    const auto fill = [&](sd_bus_message* m) {
        int step = put(m, open);
        if (step >= 0) step = sd_bus_message_open_container(m, 'a', "{sv}");
        for (const auto& [name, value] : options)
            if (step >= 0) step = put_option(m, name.c_str(), value);
        if (step >= 0 && connection_->options.allow_lockout) step = put_option(m, "allow_lockout", true);
        if (step >= 0) step = sd_bus_message_append(m, "{sv}", "passwords", "h", passwords.get());
        return step < 0 ? step : sd_bus_message_close_container(m);
    };
    const Message reply = TRY(connection_->call(root_path, manager, "Apply", fill, longest_patience));
    const char* plan = nullptr;
    const int step = sd_bus_message_read(reply.get(), "s", &plan);
    if (step < 0) return refuse(garbled("Apply", step));
    return std::string(plan);
}

Answer<std::vector<Fields>> Client::adopt(std::string_view what, const std::vector<std::string>& names,
                                          bool undo) {
    const Fields options{{"undo", undo}};
    const std::uint64_t flags = connection_->flags();
    const Message reply = TRY(
        connection_->call(root_path, manager, "Adopt", parts(what, names, options, flags), longest_patience));
    int changed = 0;
    std::vector<Fields> rows;
    int step = sd_bus_message_read(reply.get(), "b", &changed);
    if (step >= 0) step = read_rows(reply.get(), rows);
    if (step < 0) return refuse(garbled("Adopt", step));
    return rows;
}

Answer<void> Client::export_all(const Fd& pipe, const Fields& options) {
    TRY(connection_->call(root_path, manager, "Export", parts(pipe, options), long_patience));
    return {};
}

Answer<std::uint64_t> Client::check(const Fd& pipe, const Fields& options) {
    const Message reply =
        TRY(connection_->call(root_path, manager, "Check", parts(pipe, options), long_patience));
    std::uint64_t found = 0;
    const int step = sd_bus_message_read(reply.get(), "t", &found);
    if (step < 0) return refuse(garbled("Check", step));
    return found;
}

Answer<Repaired> Client::repair(const Fd& pipe, const Fields& options) {
    const std::uint64_t flags = connection_->flags();
    const Message reply =
        TRY(connection_->call(root_path, manager, "Repair", parts(pipe, options, flags), long_patience));
    Repaired result;
    const int step = sd_bus_message_read(reply.get(), "tt", &result.mended, &result.left);
    if (step < 0) return refuse(garbled("Repair", step));
    return result;
}

Answer<Page> Client::list_roles(std::uint64_t offset, std::uint64_t limit) {
    return page_of("ListRoles", connection_->call(root_path, manager, "ListRoles", parts(offset, limit)));
}

Answer<Found> Client::get_role(std::string_view name) {
    return found_of("GetRole", connection_->call(root_path, manager, "GetRole", parts(name)));
}

Answer<Found> Client::create_role(std::string_view name, const Fields& fields) {
    const std::uint64_t flags = connection_->flags();
    return found_of("CreateRole",
                    connection_->call(root_path, manager, "CreateRole", parts(name, fields, flags)));
}

Answer<Change> Client::update_role(const std::string& path, const Fields& fields) {
    const std::uint64_t flags = connection_->flags();
    return change_of("Update", connection_->call(path, role, "Update", parts(fields, Fields{}, flags)));
}

Answer<Change> Client::change_role(const std::string& path, const char* member) {
    const std::uint64_t flags = connection_->flags();
    return change_of(member, connection_->call(path, role, member, parts(Fields{}, flags)));
}

Answer<Change> Client::change_holders(const std::string& path, const char* member,
                                      const std::vector<std::string>& users) {
    const std::uint64_t flags = connection_->flags();
    return change_of(member, connection_->call(path, role, member, parts(users, Fields{}, flags)));
}

Answer<Page> Client::list_holders(const std::string& path, std::uint64_t offset, std::uint64_t limit) {
    return page_of("ListHolders", connection_->call(path, role, "ListHolders", parts(offset, limit)));
}

Answer<Change> Client::set_default_role(const std::string& path, std::string_view name) {
    const std::uint64_t flags = connection_->flags();
    return change_of("SetDefaultRole", connection_->call(path, user, "SetDefaultRole", parts(name, flags)));
}

Answer<bool> Client::unlock(const std::string& path) {
    const std::uint64_t flags = connection_->flags();
    return flag_of("Unlock", connection_->call(path, user, "Unlock", parts(flags)));
}

Answer<Disclosed> Client::set_password(const std::string& path, Secrets secrets, const Fields& options) {
    const std::uint64_t flags = connection_->flags();
    return disclosed_of("SetPassword",
                        connection_->call(path, user, "SetPassword", parts(secrets, options, flags)));
}

Answer<Fields> Client::mfa_status(const std::string& path) {
    return fields_of("MfaStatus", connection_->call(path, user, "MfaStatus", nothing()));
}

Answer<Disclosed> Client::begin_totp(const std::string& path, Secrets secrets) {
    const std::uint64_t flags = connection_->flags();
    return disclosed_of("BeginTotp", connection_->call(path, user, "BeginTotp", parts(secrets, flags)));
}

Answer<Disclosed> Client::confirm_totp(const std::string& path, const Secret& code) {
    const std::uint64_t flags = connection_->flags();
    return disclosed_of("ConfirmTotp", connection_->call(path, user, "ConfirmTotp", parts(code, flags)));
}

Answer<void> Client::disable_totp(const std::string& path, const Secret& code) {
    const std::uint64_t flags = connection_->flags();
    TRY(connection_->call(path, user, "DisableTotp", parts(code, flags)));
    return {};
}

Answer<void> Client::reset_mfa(const std::string& path, const Fields& options) {
    const std::uint64_t flags = connection_->flags();
    TRY(connection_->call(path, user, "ResetMfa", parts(options, flags)));
    return {};
}

Answer<Secret> Client::create_code(const std::string& path, std::uint64_t seconds) {
    const std::uint64_t flags = connection_->flags();
    return secret_of("CreateCode", connection_->call(path, user, "CreateCode", parts(seconds, flags)));
}

Answer<Secret> Client::regenerate_recovery(const std::string& path, const Secret& code) {
    const std::uint64_t flags = connection_->flags();
    return secret_of("RegenerateRecovery",
                     connection_->call(path, user, "RegenerateRecovery", parts(code, flags)));
}

Answer<std::vector<Fields>> Client::list_ssh_keys(const std::string& path) {
    const Message reply = TRY(connection_->call(path, user, "ListSshKeys", nothing()));
    std::vector<Fields> rows;
    const int step = read_rows(reply.get(), rows);
    if (step < 0) return refuse(garbled("ListSshKeys", step));
    return rows;
}

Answer<std::string> Client::add_ssh_key(const std::string& path, std::string_view line,
                                        const Fields& options) {
    const std::uint64_t flags = connection_->flags();
    const Message reply = TRY(connection_->call(path, user, "AddSshKey", parts(line, options, flags)));
    const char* fingerprint = nullptr;
    const int step = sd_bus_message_read(reply.get(), "s", &fingerprint);
    if (step < 0) return refuse(garbled("AddSshKey", step));
    return std::string(fingerprint);
}

Answer<bool> Client::remove_ssh_key(const std::string& path, std::string_view fingerprint) {
    const std::uint64_t flags = connection_->flags();
    return flag_of("RemoveSshKey", connection_->call(path, user, "RemoveSshKey", parts(fingerprint, flags)));
}

}  // namespace userd::ctl
