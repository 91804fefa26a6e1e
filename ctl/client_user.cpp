// SPDX-License-Identifier: LGPL-2.1-or-later
// org.userd1.User.
#include <fcntl.h>
#include <unistd.h>

#include <cstring>

#include "ctl/bus_value.h"
#include "ctl/parts.h"

namespace userd::ctl {
namespace {

constexpr const char* user = "org.userd1.User";
constexpr std::chrono::seconds all_files = std::chrono::hours(24);  // where those of a user are gone through

}  // namespace

Answer<Page> Client::list_audit_of(const std::string& path, const Fields& query, std::uint64_t offset,
                                   std::uint64_t limit) {
    return page_of("ListAudit", connection_->call(path, user, "ListAudit", parts(query, offset, limit)));
}

Answer<Explained> Client::explain(const std::string& path, const Fields& query) {
    const Message reply = TRY(connection_->call(path, user, "Explain", parts(query)));
    Explained explained;
    int step = read_fields(reply.get(), explained.verdict);
    if (step >= 0) step = read_rows(reply.get(), explained.points);
    if (step < 0) return refuse(garbled("Explain", step));
    return explained;
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

Answer<Change> Client::update_user(const std::string& path, const Fields& fields, const Fields& options) {
    const std::uint64_t flags = connection_->flags();
    return change_of("Update", connection_->call(path, user, "Update", parts(fields, options, flags)));
}

Answer<Change> Client::rename_user(const std::string& path, std::string_view name, const Fields& options) {
    const std::uint64_t flags = connection_->flags();
    return change_of("Rename",
                     connection_->call(path, user, "Rename", parts(name, options, flags), all_files));
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

Answer<Fields> Client::password_policy(const std::string& path) {
    return fields_of("PasswordPolicy", connection_->call(path, user, "PasswordPolicy", nothing));
}

Answer<std::vector<Fields>> Client::test_password(const std::string& path, const Secret& password) {
    const Message reply = TRY(connection_->call(path, user, "TestPassword", parts(password)));
    std::vector<Fields> rows;
    const int step = read_rows(reply.get(), rows);
    if (step < 0) return refuse(garbled("TestPassword", step));
    return rows;
}

Answer<Fields> Client::mfa_status(const std::string& path) {
    return fields_of("MfaStatus", connection_->call(path, user, "MfaStatus", nothing));
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

Answer<std::vector<Fields>> Client::list_remembered(const std::string& path) {
    const Message reply = TRY(connection_->call(path, user, "ListRemembered", nothing));
    std::vector<Fields> rows;
    const int step = read_rows(reply.get(), rows);
    if (step < 0) return refuse(garbled("ListRemembered", step));
    return rows;
}

Answer<bool> Client::forget_remembered(const std::string& path) {
    const std::uint64_t flags = connection_->flags();
    return flag_of("ForgetRemembered", connection_->call(path, user, "ForgetRemembered", parts(flags)));
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
    const Message reply = TRY(connection_->call(path, user, "ListSshKeys", nothing));
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
