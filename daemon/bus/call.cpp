// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bus/call.h"

#include <fcntl.h>

#include <algorithm>
#include <cstring>

#include "common/base/errors.h"
#include "common/base/text.h"
#include "daemon/bus/call_state.h"
#include "daemon/directory/rights.h"
#include "daemon/runtime/journal.h"

namespace userd::bus {
namespace {

constexpr std::uint64_t max_page = 1000;
constexpr std::uint64_t flag_dry_run = 1, flag_allow_lockout = 2;

Failure unreadable(int r) {
    return userd::fail(Errc::invalid, "an argument cannot be read: {}", std::strerror(-r));
}

Failure unknown_field(std::string_view name) {
    return Failure(
        Error{Errc::invalid, fmt::format("unknown option {}", escaped(name)), {}, std::string(name)});
}

template <typename Entries>
Result<void> check_known(const Entries& entries, std::initializer_list<std::string_view> known) {
    for (const auto& [name, value] : entries)
        if (std::find(known.begin(), known.end(), name) == known.end()) return unknown_field(name);
    return {};
}

}  // namespace

Call::State::~State() {
    if (answered) return;
    Call::answer(message.get(), Error{Errc::unavailable, "the call was dropped before it was done", {}, {}});
}

void Call::answer(sd_bus_message* to, const Error& error) {
    if (error.code == Errc::internal || error.code == Errc::io)
        journal::error("{}: {}", sd_bus_message_get_member(to), error.message);
    sd_bus_reply_method_errorf(to, dbus_error_name(error.code), "%s", to_wire(error).c_str());
}

Call::Call(BusMessage message, Core& core, std::shared_ptr<Assumed> assumed)
    : state_(std::make_shared<State>(std::move(message), core, std::move(assumed))) {}

const Caller& Call::caller() const {
    return state_->caller;
}
std::string_view Call::path() const {
    return sd_bus_message_get_path(state_->message.get());
}
bool Call::allows_interaction() const {
    return sd_bus_message_get_allow_interactive_authorization(state_->message.get()) > 0;
}
Right Call::right() const {
    return state_->right;
}
bool Call::sees_private() const {
    return state_->sees_private;
}
ObjectId Call::subject() const {
    return state_->subject;
}

ObjectId Call::caller_id() const {
    // A local account that took the uid of one of ours is somebody else.
    return state_->core.directory.account_of(state_->caller.uid).value_or(ObjectId{});
}

Result<Rights> Call::rights() const {
    const auto& directory = state_->core.directory;
    const auto& role = state_->role;
    if (caller().is_root())
        return role.empty() ? Rights{true, {}} : directory.rights_of(TRY(directory.get_role(role)));
    return directory.rights_of(caller_id(), role);
}

bool Call::may_see(const User& user) const {
    if (sees_private()) return true;
    const auto id = caller_id();
    if (id && id == user.id) return true;
    const auto own = rights();
    if (!own || !own->has(RoleGrant::user_read)) return false;
    const auto refusal = state_->core.directory.why_not(*own, RoleGrant::user_read, id, user.id, false);
    return refusal && !*refusal;
}

Result<void> Call::assume_role(std::string role) {
    if (!role.empty()) {
        TRY(state_->core.directory.get_role(role));
        if (!caller().is_root()) TRY(state_->core.directory.rights_of(caller_id(), role));
    }
    return state_->assumed->assume(caller(), std::move(role));
}

Result<void> Call::require_step_up(std::string_view act) const {
    ChangeOptions options;
    options.owes = owed_acts();
    return check_step_up(options, act);
}

std::shared_ptr<const std::vector<std::string>> Call::owed_acts() const {
    const auto& core = state_->core;
    if (caller().is_root() || !core.credentials.needs_step_up(caller_id()).value_or(true)) return nullptr;
    return std::make_shared<const std::vector<std::string>>(core.config().step_up.acts);
}

Actor Call::actor() const {
    Actor actor;
    actor.uid = state_->caller.uid;
    actor.origin = state_->caller.is_peer ? "admin socket" : "bus";
    actor.user = caller_id();
    if (actor.is_root())
        actor.name = "root";
    else if (const auto user = state_->core.directory.find_user(actor.user); actor.user && user && *user)
        actor.name = (*user)->name;
    else
        actor.name = fmt::format("uid {}", actor.uid);
    // Afresh: a call that waited for a secret may have lost the role meanwhile.
    if (state_->by_role) actor.limit = std::make_shared<const Rights>(rights().value_or(Rights{}));
    return actor;
}

Result<Actor> Call::actor_still(RoleGrant grant) const {
    const auto lost = [] {
        return userd::fail(Errc::denied, "user not authorized: the right to this was lost meanwhile");
    };
    auto now = actor();
    if (now.user != state_->account) return lost();
    if (now.limit && TRY(state_->core.directory.why_not(*now.limit, grant, now.user, {}, false)))
        return lost();
    return now;
}

Result<std::string> Call::read_string() {
    const char* text = nullptr;
    if (const int r = sd_bus_message_read_basic(state_->message.get(), 's', &text); r <= 0)
        return unreadable(r);
    return std::string(text);
}

Result<std::string> Call::read_variant_string() {
    const char* text = nullptr;
    if (const int r = sd_bus_message_read(state_->message.get(), "v", "s", &text); r <= 0)
        return unreadable(r);
    return std::string(text);
}

Result<bool> Call::read_bool() {
    int flag = 0;
    if (const int r = sd_bus_message_read_basic(state_->message.get(), 'b', &flag); r <= 0)
        return unreadable(r);
    return flag != 0;
}

Result<std::uint64_t> Call::read_count() {
    std::uint64_t count = 0;
    if (const int r = sd_bus_message_read_basic(state_->message.get(), 't', &count); r <= 0)
        return unreadable(r);
    return count;
}

Result<Extent> Call::read_extent() {
    Extent extent;
    extent.offset = TRY(read_count());
    extent.limit = TRY(read_count());
    if (extent.limit > max_page)
        return Failure(
            Error{Errc::invalid, fmt::format("a page has at most {} rows", max_page), {}, "limit"});
    return extent;
}

Result<std::vector<std::string>> Call::read_strings() {
    std::vector<std::string> list;
    sd_bus_message* message = state_->message.get();
    if (const int r = sd_bus_message_enter_container(message, 'a', "s"); r <= 0) return unreadable(r);
    const char* item = nullptr;
    int r = 0;
    while ((r = sd_bus_message_read_basic(message, 's', &item)) > 0) list.emplace_back(item);
    if (r < 0 || (r = sd_bus_message_exit_container(message)) < 0) return unreadable(r);
    return list;
}

Result<Fields> Call::read_fields() {
    return TRY(bus::read_fields(state_->message.get(), false)).plain;
}

Result<SecretFields> Call::read_secret_fields(std::initializer_list<std::string_view> known) {
    auto fields = TRY(bus::read_fields(state_->message.get(), true));
    TRY(check_known(fields.plain, known));
    TRY(check_known(fields.fds, known));
    return fields;
}

Result<Fd> Call::read_fd() {
    int borrowed = -1;
    if (const int r = sd_bus_message_read_basic(state_->message.get(), 'h', &borrowed); r <= 0)
        return unreadable(r);
    Fd own(fcntl(borrowed, F_DUPFD_CLOEXEC, 3));
    if (!own) return userd::fail(Errc::limits, "keep a descriptor: {}", std::strerror(errno));
    return own;
}

Result<ChangeOptions> Call::read_flags() {
    const auto bits = TRY(read_count());
    if ((bits & ~(flag_dry_run | flag_allow_lockout)) != 0)
        return Failure(Error{Errc::invalid, fmt::format("unknown flags {:#x}", bits), {}, "flags"});
    ChangeOptions options;
    options.dry_run = (bits & flag_dry_run) != 0;
    options.allow_lockout = (bits & flag_allow_lockout) != 0;
    if (!options.dry_run) options.owes = owed_acts();  // who only looks owes nothing
    return options;
}

Result<Fields> Call::read_options(std::initializer_list<std::string_view> known) {
    auto options = TRY(read_fields());
    TRY(check_known(options, known));
    return options;
}

Result<ChangeArguments> Call::read_change(std::initializer_list<std::string_view> known) {
    ChangeArguments arguments;
    arguments.fields = TRY(read_fields());
    std::optional<std::uint64_t> generation;
    if (auto given = arguments.fields.extract("generation")) {
        const auto* number = std::get_if<std::int64_t>(&given.mapped());
        if (number == nullptr || *number < 0)
            return Failure(Error{Errc::invalid, "generation is a number", {}, "generation"});
        generation = static_cast<std::uint64_t>(*number);
    }
    TRY(check_known(arguments.fields, known));
    arguments.options = TRY(read_flags());
    arguments.options.generation = generation;
    return arguments;
}

Result<BusMessage> Call::start_reply() {
    BusMessage answer;
    if (const int r = sd_bus_message_new_method_return(state_->message.get(), out(answer)); r < 0)
        return userd::fail(Errc::internal, "make a reply: {}", std::strerror(-r));
    return answer;
}

Result<void> Call::send(BusMessage answer, int written) {
    if (written < 0) return userd::fail(Errc::internal, "write a reply: {}", std::strerror(-written));
    if (state_->answered) return {};
    state_->answered = true;
    sd_bus_send(nullptr, answer.get(), nullptr);  // a caller who has gone does not hear it
    return {};
}

void Call::fail(const Error& error) {
    if (state_->answered) return;
    state_->answered = true;
    answer(state_->message.get(), error);
}

}  // namespace userd::bus
