// SPDX-License-Identifier: LGPL-2.1-or-later
// org.userd1.Manager. One method a member: arguments in, reply out. What a connection is stands in
// ctl/connection, the other objects in client_user, client_group and client_role.
#include "ctl/client.h"

#include "ctl/bus_value.h"
#include "ctl/parts.h"

namespace userd::ctl {
namespace {

constexpr const char* manager = "org.userd1.Manager";
constexpr std::size_t most_results = std::size_t{64} << 20U;
constexpr std::chrono::seconds longest_patience = std::chrono::hours(2);  // thousands of passwords are hashed
constexpr std::chrono::seconds long_patience =
    std::chrono::minutes(15);  // where the whole directory is gone through

}  // namespace

Client::Client(ClientOptions options) : connection_(std::make_unique<Connection>(options)) {}
Client::~Client() = default;
bool Client::dry_run() const {
    return connection_->options.dry_run;
}
void Client::set_dry_run(bool dry_run) {
    connection_->options.dry_run = dry_run;
}

Answer<Fields> Client::status() {
    return fields_of("Status", connection_->call(root_path, manager, "Status", nothing));
}

Answer<std::string> Client::metrics() {
    const Message reply = TRY(connection_->call(root_path, manager, "Metrics", nothing));
    const char* text = nullptr;
    const int step = sd_bus_message_read(reply.get(), "s", &text);
    if (step < 0) return refuse(garbled("Metrics", step));
    return std::string(text);
}

Answer<Fields> Client::who_am_i() {
    return fields_of("WhoAmI", connection_->call(root_path, manager, "WhoAmI", nothing));
}

Answer<void> Client::reload() {
    TRY(connection_->call(root_path, manager, "Reload", parts(connection_->flags())));
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

Answer<Page> Client::explain_all(const Fields& query, std::uint64_t offset, std::uint64_t limit) {
    return page_of("ExplainAll",
                   connection_->call(root_path, manager, "ExplainAll", parts(query, offset, limit)));
}

Answer<Chain> Client::verify_audit() {
    const Message reply = TRY(connection_->call(root_path, manager, "VerifyAudit", nothing));
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

Answer<void> Client::export_passwords(const Fd& pipe, const Fields& options) {
    TRY(connection_->call(root_path, manager, "ExportPasswords", parts(pipe, options), long_patience));
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

}  // namespace userd::ctl
