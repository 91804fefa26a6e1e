// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bus/connection.h"

#include <sys/socket.h>

#include <cstring>

#include "common/base/errors.h"
#include "daemon/bus/body_size.h"
#include "daemon/bus/tables.h"
#include "daemon/runtime/journal.h"

namespace userd::bus {
namespace {

constexpr Duration bound_private =
    std::chrono::seconds(5);               // whether to show private fields is not worth more
constexpr std::size_t max_body = 1 << 20;  // more goes through a pipe
constexpr std::uint64_t max_unread = 256;  // messages that a peer leaves unread

// Without an enumerator: a million users are found one by one, never listed.
template <const char* const& prefix>
int find_object(sd_bus*, const char* path, const char*, void* connection, void** found, sd_bus_error*) {
    if (!number_of_path(path, prefix)) return 0;
    *found = connection;
    return 1;
}

int find_role(sd_bus*, const char* path, const char*, void* connection, void** found, sd_bus_error*) {
    if (!role_of_path(path)) return 0;
    *found = connection;
    return 1;
}

Failure failure(const char* what, int r) {
    return fail(Errc::unavailable, "{}: {}", what, std::strerror(-r));
}

Failure denied(const Row& row) {
    const auto& facts = facts_of(row.action);
    if (facts.polkit != nullptr || facts.grant)
        return fail(Errc::denied, "user not authorized: only an admin may {}", facts.deed);
    return fail(Errc::denied, "user not authorized: {}",
                is_self(row.action) ? "only the account itself may do this" : "only root may do this");
}

bool is_self_service(const Row& row) {
    return is_self(row.action) || is_self(row.self);
}

}  // namespace

Connection::~Connection() = default;

Result<std::unique_ptr<Connection>> Connection::open_system(Core& core, InFlight& in_flight,
                                                            const std::string& address,
                                                            std::function<void()> named, Closed closed) {
    std::unique_ptr<Connection> self(new Connection(core, in_flight));
    int r = sd_bus_new(out(self->bus_));
    if (r >= 0) r = sd_bus_set_address(self->bus_.get(), address.c_str());
    if (r >= 0) r = sd_bus_set_bus_client(self->bus_.get(), 1);
    if (r < 0) return failure("prepare the system bus connection", r);
    self->callers_.emplace(self->bus_.get());
    self->polkit_.emplace(self->bus_.get());
    TRY(self->start(std::move(closed)));
    TRY(self->watch_departures());
    TRY(self->request_name(std::move(named)));
    return self;
}

Result<std::unique_ptr<Connection>> Connection::open_peer(Core& core, InFlight& in_flight, Fd socket,
                                                          Caller caller, Closed closed) {
    std::unique_ptr<Connection> self(new Connection(core, in_flight));
    caller.is_peer = true;
    self->peer_ = std::move(caller);
    self->assumed_->open();  // it goes with the connection
    sd_id128_t id;
    int r = sd_bus_new(out(self->bus_));
    if (r >= 0) r = sd_id128_randomize(&id);
    if (r >= 0) r = sd_bus_set_server(self->bus_.get(), 1, id);
    if (r >= 0) r = sd_bus_set_fd(self->bus_.get(), socket.get(), socket.get());
    if (r < 0) return failure("prepare a peer's connection", r);
    socket.release();  // sd-bus owns it now
    TRY(self->start(std::move(closed)));
    return self;
}

Result<void> Connection::start(Closed closed) {
    closed_ = std::move(closed);
    TRY(add_tables());
    const auto on_disconnect = [](sd_bus_message*, void* data, sd_bus_error*) {
        guarded("a disconnection", [&] {
            auto* self = static_cast<Connection*>(data);
            if (const auto once = std::exchange(self->closed_, nullptr)) self->core_.loop.call_soon(once);
        });
        return 0;
    };
    int r = sd_bus_match_signal_async(bus_.get(), nullptr, "org.freedesktop.DBus.Local",
                                      "/org/freedesktop/DBus/Local", "org.freedesktop.DBus.Local",
                                      "Disconnected", on_disconnect, nullptr, this);
    if (r >= 0) r = sd_bus_attach_event(bus_.get(), core_.loop.event(), SD_EVENT_PRIORITY_NORMAL);
    if (r >= 0) r = sd_bus_start(bus_.get());
    if (r < 0) return failure("start a bus connection", r);
    return {};
}

Result<void> Connection::add_tables() {
    sd_bus* bus = bus_.get();
    int r = sd_bus_add_object(bus, nullptr, manager_path, take_property_set, this);
    if (r >= 0)
        r = sd_bus_add_object_vtable(bus, nullptr, manager_path, manager_interface, manager_table, this);
    if (r >= 0) r = sd_bus_add_object_vtable(bus, nullptr, manager_path, ldap_interface, ldap_table, this);
    if (r >= 0)
        r = sd_bus_add_object_vtable(bus, nullptr, manager_path, log_interface, log_control_table, this);
    if (r >= 0)
        r = sd_bus_add_fallback_vtable(bus, nullptr, user_prefix, user_interface, user_table,
                                       find_object<user_prefix>, this);
    if (r >= 0)
        r = sd_bus_add_fallback_vtable(bus, nullptr, group_prefix, group_interface, group_table,
                                       find_object<group_prefix>, this);
    if (r >= 0)
        r = sd_bus_add_fallback_vtable(bus, nullptr, role_prefix, role_interface, role_table, find_role,
                                       this);
    if (r < 0) return failure("add the interfaces to a bus connection", r);
    return {};
}

// One match for all who ever call: one for each caller would pile up, where a caller has gone before the
// match stands, until the broker refuses more. Asked for before the name, so it is there before the first
// call.
Result<void> Connection::watch_departures() {
    const auto on_departure = [](sd_bus_message* message, void* data, sd_bus_error*) {
        guarded("a departure", [&] {
            const char* name = nullptr;
            if (sd_bus_message_read(message, "s", &name) <= 0) return;
            auto* self = static_cast<Connection*>(data);
            self->assumed_->forget(name);
            self->polkit_->forget(name);
        });
        return 0;
    };
    // With a callback of our own, for otherwise sd-bus closes the whole connection on a refusal.
    const auto on_answer = [](sd_bus_message* answer, void* data, sd_bus_error*) {
        guarded("the answer to AddMatch", [&] {
            if (sd_bus_message_is_method_error(answer, nullptr) == 0)
                return static_cast<Connection*>(data)->assumed_->open();
            journal::error("the bus does not tell when callers leave, so none can drop to a role: {}",
                           sd_bus_message_get_error(answer)->message);
        });
        return 1;
    };
    const int r =
        sd_bus_add_match_async(bus_.get(), nullptr,
                               "type='signal',sender='org.freedesktop.DBus',path='/org/freedesktop/DBus',"
                               "interface='org.freedesktop.DBus',member='NameOwnerChanged',arg2=''",
                               on_departure, on_answer, this);
    if (r < 0) return failure("watch for the end of callers", r);
    return {};
}

Result<void> Connection::request_name(std::function<void()> named) {
    named_ = std::move(named);
    const auto on_answer = [](sd_bus_message* answer, void* data, sd_bus_error*) {
        guarded("the answer to RequestName", [&] {
            auto* self = static_cast<Connection*>(data);
            std::uint32_t code = 0;
            const bool read = sd_bus_message_is_method_error(answer, nullptr) == 0 &&
                              sd_bus_message_read(answer, "u", &code) > 0;
            if (read && (code == 1 || code == 4)) return self->named_();  // primary owner, already owner
            const auto* error = sd_bus_message_get_error(answer);
            journal::error("the bus refuses the name {}: {}", bus_name,
                           error != nullptr ? error->message : "another process owns it");
            if (const auto once = std::exchange(self->closed_, nullptr)) self->core_.loop.call_soon(once);
        });
        return 1;
    };
    const int r = sd_bus_request_name_async(bus_.get(), nullptr, bus_name, 0, on_answer, this);
    if (r < 0) return failure("ask for the bus name", r);
    return {};
}

std::uint64_t Connection::unread() const {
    std::uint64_t count = 0;
    return sd_bus_get_n_queued_write(bus_.get(), &count) < 0 ? 0 : count;
}

// Looks again and again until the peer has caught up. The first look may come right after a long turn of the
// loop, in which nothing could be sent: it only counts.
void Connection::watch_reader(std::uint64_t unread_before) {
    auto timer = core_.loop.call_after(patience_with_readers, [this, unread_before] {
        reader_timer_ = Watch();
        const auto now = unread();
        if (now <= max_unread) return;
        if (now < unread_before) return watch_reader(now);
        journal::notice("a peer of the admin socket does not read: its connection is closed");
        if (const auto once = std::exchange(closed_, nullptr)) core_.loop.call_soon(once);
    });
    if (timer) reader_timer_ = *std::move(timer);
}

void Connection::tell(const ChangeEvent& event) {
    if (peer_ && !reader_timer_ && unread() > max_unread) watch_reader(UINT64_MAX);
    if (!event.role.empty()) {
        sd_bus_emit_signal(bus_.get(), manager_path, manager_interface, "RoleChanged", "ss",
                           event.role.c_str(), event.change.c_str());
        if (event.change == "updated")
            sd_bus_emit_properties_changed(bus_.get(), role_path(event.role).text.c_str(), role_interface,
                                           "Description", "Grants", "Generation", nullptr);
        return;
    }
    const bool group = event.is_group;
    sd_bus_emit_signal(bus_.get(), manager_path, manager_interface, group ? "GroupChanged" : "UserChanged",
                       "us", event.number, event.change.c_str());
    const auto path = group ? group_path(event.number) : user_path(event.number);
    if (event.change == "created" || event.change == "deleted") return;
    // The values are not in the broadcast: names of people are not everybody's to collect.
    if (group)
        sd_bus_emit_properties_changed(bus_.get(), path.text.c_str(), group_interface, "Name", "Description",
                                       "Generation", nullptr);
    else
        sd_bus_emit_properties_changed(bus_.get(), path.text.c_str(), user_interface, "Name", "Gid",
                                       "DisplayName", "Shell", "Home", "State", "Generation", nullptr);
}

void Connection::take(sd_bus_message* message, const Row& row) noexcept {
    guarded(sd_bus_message_get_member(message), [&] {
        Call call(BusMessage(sd_bus_message_ref(message)), core_, assumed_);
        const auto bytes = body_size(message, max_body);
        if (!bytes) return call.fail(bytes.error());
        call.state_->bytes = *bytes;
        if (peer_) return admit(std::move(call), row, *peer_);
        const char* sender = sd_bus_message_get_sender(message);
        if (sender == nullptr) return admit(std::move(call), row, Caller{});
        if (!enter(call, Caller::none)) return;
        callers_->identify(sender, [this, call, &row](const Caller& caller) { admit(call, row, caller); });
    });
}

bool Connection::enter(Call& call, std::uint32_t uid) {
    call.state_->place = in_flight_.enter(uid, call.state_->bytes);
    if (call.state_->place) return true;
    call.fail({Errc::limits, "too many calls of this user wait already", "try again later", {}});
    return false;
}

void Connection::admit(Call call, const Row& row, const Caller& caller) {
    call.state_->caller = caller;
    call.state_->role = assumed_->role_of(caller);
    if (!caller.is_known())
        return call.fail({Errc::denied, "not authorized: who calls is not known", {}, {}});
    call.state_->account = call.caller_id();
    if (enter(call, caller.uid)) call.finish(decide(call, row));
}

// `row` is static: it outlives every question.
Result<void> Connection::decide(Call& call, const Row& row) {
    const Standing standing = TRY(row.find(core_, call));
    call.state_->subject = standing.object;
    if (call.caller().is_root() && call.state_->role.empty()) {
        call.state_->sees_private = true;
        return run_as(call, row, Right::full);
    }
    if (row.action == Action::anyone) return run_as(call, row, Right::none);
    if (row.action == Action::anyone_private) {
        const auto own = call.rights();
        const bool by_role = own && !TRY(core_.directory.why_not(*own, RoleGrant::user_read, call.caller_id(),
                                                                 standing.object, false));
        call.state_->sees_private = standing.is_own || by_role;
        if (call.state_->sees_private || !polkit_ || call.caller().is_root())
            return run_as(call, row, Right::none);
    }
    std::optional<Error> refusal;
    if (standing.is_own && is_self_service(row)) {
        auto done = run_as(call, row, Right::self);
        if (done || done.error().code != Errc::denied) return done;
        refusal = std::move(done).error();  // more than self-service allows: as anybody else, then
    }
    if (facts_of(row.action).grant && row.action != Action::anyone_private) {
        auto by_role = TRY(run_by_role(call, row, standing));
        if (!by_role) return {};
        if (!by_role->message.empty()) refusal = std::move(by_role);
    }
    if (facts_of(row.action).polkit == nullptr || !polkit_ || call.caller().is_root())
        return refusal ? Failure(*refusal) : denied(row);
    return ask_polkit(call, row, std::move(refusal));
}

Result<std::optional<Error>> Connection::run_by_role(Call& call, const Row& row, const Standing& standing) {
    const auto& facts = facts_of(row.action);
    const auto own = call.rights();
    if (!own) return own.error();
    if (!own->has(*facts.grant)) return Error{Errc::denied, {}, {}, {}};
    auto why_not = TRY(core_.directory.why_not(*own, *facts.grant, call.caller_id(), standing.object,
                                               facts.reach == Reach::somewhere));
    if (why_not) return Error{Errc::denied, "user not authorized: " + *why_not, {}, {}};
    call.state_->by_role = true;
    auto done = run_as(call, row, Right::full);
    if (done) return std::nullopt;
    call.state_->by_role = false;
    if (done.error().code != Errc::denied) return fail(std::move(done).error());
    return std::move(done).error();  // further than the roles reach: as anybody else, then
}

Result<void> Connection::run_as(Call& call, const Row& row, Right right) {
    call.state_->right = right;
    if (const char* act = facts_of(row.action).step_up; right == Right::full && act != nullptr)
        TRY(call.require_step_up(act));
    if (const int r = sd_bus_message_rewind(call.state_->message.get(), 1); r < 0)
        return fail(Errc::invalid, "the message cannot be read: {}", std::strerror(-r));
    return row.run(core_, call);
}

Result<void> Connection::ask_polkit(const Call& call, const Row& row, std::optional<Error> refusal) {
    const bool only_to_show = row.action == Action::anyone_private;
    const bool interactive = call.allows_interaction() && !only_to_show;
    const Duration bound = only_to_show  ? bound_private
                           : interactive ? Polkit::bound_interactive
                                         : Polkit::bound_quiet;
    polkit_->ask(call.caller().sender, facts_of(row.action).polkit, interactive, bound,
                 [this, call, &row, refusal = std::move(refusal)](Verdict verdict) {
                     on_verdict(call, row, verdict, refusal);
                 });
    return {};
}

void Connection::on_verdict(Call call, const Row& row, Verdict verdict, const std::optional<Error>& refusal) {
    if (row.action == Action::anyone_private) {
        call.state_->sees_private = verdict == Verdict::granted;
        return call.finish(run_as(call, row, Right::none));
    }
    call.state_->sees_private = call.state_->sees_private || row.action == Action::read_private;
    if (verdict == Verdict::granted) return call.finish(run_as(call, row, Right::full));
    if (refusal) return call.fail(*refusal);
    if (verdict == Verdict::challenge && !call.allows_interaction())
        return call.fail({Errc::auth_required, denied(row).value().message, "the same with sudo", {}});
    call.fail(denied(row).value());
}

int answer_get(sd_bus_error* error, const std::function<Result<int>()>& get) noexcept {
    int r = -EIO;
    guarded("a property", [&] {
        const auto done = get();
        r = done ? *done
                 : sd_bus_error_set(error, dbus_error_name(done.error().code), to_wire(done.error()).c_str());
    });
    return r;
}

}  // namespace userd::bus
