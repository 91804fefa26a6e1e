// SPDX-License-Identifier: LGPL-2.1-or-later
// Plain blocking calls: userctl has nothing else to do while it waits, and each call is bounded. Root takes
// the admin socket first: it answers in rescue mode, in a container without a bus, and when polkit or the bus
// is stuck.
#include "ctl/client.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "common/base/errors.h"
#include "common/base/handle.h"
#include "common/base/text.h"
#include "ctl/bus_value.h"

namespace userd::ctl {
namespace {

using Bus = Handle<sd_bus, sd_bus_flush_close_unref>;
using Message = Handle<sd_bus_message, sd_bus_message_unref>;
using Fill = std::function<int(sd_bus_message*)>;

constexpr const char* root_path = "/org/userd1";
constexpr const char* manager = "org.userd1.Manager";
constexpr const char* user = "org.userd1.User";
constexpr const char* group = "org.userd1.Group";

struct BusError {
    sd_bus_error error = SD_BUS_ERROR_NULL;
    ~BusError() { sd_bus_error_free(&error); }
};

Problem from_bus(const sd_bus_error& error) {
    const std::string name = error.name ? error.name : "org.freedesktop.DBus.Error.Failed";
    const Error said = error_from_wire(name, error.message ? error.message : "the daemon gave no reason");
    return Problem{exit_for(name), name, escaped(said.message), escaped(said.hint), said.field, {}};
}

Problem unreachable(std::string_view how, int error) {
    return problem(Exit::unreachable, "cannot reach userd over {}: {}", how, std::strerror(error))
        .with_hint("systemctl status userd");
}

// Any UNIX socket path fits, and no address needs escaping, because we connect ourselves.
Fd connect_unix(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return Fd();
    }
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd || connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0)
        return Fd();
    return fd;
}

}  // namespace

struct Client::Connection {
    explicit Connection(ClientOptions chosen) : options(chosen) {}

    ClientOptions options;
    Bus bus;
    bool peer = false;  // the admin socket: there are no bus names

    Answer<void> open();
    Answer<void> open_peer(const std::string& path);
    Answer<Message> call(const std::string& path, const char* interface, const char* member,
                         const Fill& fill);
    std::uint64_t flags() const { return options.dry_run ? 1 : 0; }
    std::uint64_t timeout() const {
        const std::int64_t seconds = options.timeout > 0 ? options.timeout : options.interactive ? 150 : 30;
        return static_cast<std::uint64_t>(seconds) * 1'000'000;
    }
};

Answer<void> Client::Connection::open_peer(const std::string& path) {
    Fd fd = connect_unix(path);
    if (!fd) return refuse(unreachable(path, errno));
    Bus fresh;
    int step = sd_bus_new(out(fresh));
    if (step >= 0) step = sd_bus_set_fd(fresh.get(), fd.get(), fd.get());
    if (step >= 0) fd.release();
    if (step >= 0) step = sd_bus_negotiate_fds(fresh.get(), 1);
    if (step >= 0) step = sd_bus_start(fresh.get());
    if (step < 0) return refuse(unreachable(path, -step));
    bus = std::move(fresh);
    peer = true;
    return {};
}

Answer<void> Client::Connection::open() {
    if (bus) return {};
    const char* root = std::getenv("USERD_ROOT");
    const std::string admin = std::string(root ? root : "") + "/run/userd/admin";
    if (root) return open_peer(admin);
    if (geteuid() == 0 && open_peer(admin)) return {};
    const int step = sd_bus_open_system(out(bus));
    if (step < 0)
        return refuse(unreachable(geteuid() == 0 ? admin + " and the system bus" : "the system bus", -step));
    return {};
}

Answer<Message> Client::Connection::call(const std::string& path, const char* interface, const char* member,
                                         const Fill& fill) {
    TRY(open());
    Message request, reply;
    int step = sd_bus_message_new_method_call(bus.get(), out(request), peer ? nullptr : "org.userd1",
                                              path.c_str(), interface, member);
    if (step >= 0)
        step = sd_bus_message_set_allow_interactive_authorization(request.get(), options.interactive);
    if (step >= 0) step = fill(request.get());
    if (step < 0) return refuse(Exit::failed, "cannot write the call {}: {}", member, std::strerror(-step));
    BusError error;
    const auto start = std::chrono::steady_clock::now();
    step = sd_bus_call(bus.get(), request.get(), timeout(), &error.error, out(reply));
    if (options.debug) {
        const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
        const char* handles =
            std::strchr(sd_bus_message_get_signature(request.get(), 1), 'h') ? " (***)" : "";
        const std::string line =
            fmt::format("{} {}.{}{}  {:.2f} ms  {}\n", path, interface, member, handles, took.count(),
                        step < 0 && error.error.name ? error.error.name : "ok");
        std::fputs(line.c_str(), stderr);
    }
    if (step >= 0) return reply;
    if (!sd_bus_error_is_set(&error.error))
        return refuse(unreachable(peer ? "the admin socket" : "the bus", -step));
    Problem said = from_bus(error.error);
    if (said.exit == Exit::unreachable && said.hint.empty()) said.hint = "systemctl status userd";
    return refuse(std::move(said));
}

Client::Client(ClientOptions options) : connection_(std::make_unique<Connection>(options)) {}
Client::~Client() = default;
bool Client::dry_run() const {
    return connection_->options.dry_run;
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

Answer<Fields> Client::who_am_i() {
    return fields_of("WhoAmI", connection_->call(root_path, manager, "WhoAmI", nothing()));
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

Answer<Change> Client::change_user(const std::string& path, const char* member, const Fields& options) {
    const std::uint64_t flags = connection_->flags();
    return change_of(member, connection_->call(path, user, member, parts(options, flags)));
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

Answer<Change> Client::rename_user(const std::string& path, std::string_view name) {
    const std::uint64_t flags = connection_->flags();
    return change_of("Rename", connection_->call(path, user, "Rename", parts(name, Fields{}, flags)));
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

Answer<Disclosed> Client::begin_totp(const std::string& path) {
    const std::uint64_t flags = connection_->flags();
    return disclosed_of("BeginTotp", connection_->call(path, user, "BeginTotp", parts(flags)));
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
