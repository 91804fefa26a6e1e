// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/bus/caller.h"
#include "daemon/bus/core.h"
#include "daemon/bus/secret_fd.h"
#include "daemon/bus/value.h"

namespace userd::bus {

enum class Right { none, self, full };  // self: as the account itself, by the rules of self-service

// What stands in an a{sv} of options beside the flags of a changing method.
struct ChangeArguments {
    Fields fields;  // the options other than `generation`
    ChangeOptions options;
};

// Which rows of a list are wanted: `t offset, t limit`.
struct Extent {
    std::uint64_t offset = 0, limit = 0;
};

class Assumed;

// One method call, from its arrival to its answer. A handle: copies are the same call, which is answered
// once, by whoever comes first, at once or later; when the last handle goes without an answer, the caller is
// told so. Arguments are read in their order. Main thread only.
class Call {
 public:
    Call(BusMessage message, Core& core, std::shared_ptr<Assumed> assumed);

    const Caller& caller() const;
    Actor actor() const;  // the caller in the words of the audit trail
    // The same for what goes on later: denied when what let the caller in is gone, the grant or the account.
    Result<Actor> actor_still(RoleGrant grant) const;
    ObjectId caller_id() const;  // the usable account of ours behind the caller, or none
    // What the caller may do to others by roles, as of now: of the role that it had dropped to when the call
    // arrived, or of its own. An Error, and so nothing, when it no longer has the role.
    Result<Rights> rights() const;
    bool may_see(const User& user) const;        // the private fields: like `sees_private`, or by a role
    Result<void> assume_role(std::string role);  // for the calls that follow on the caller's connection
    std::string_view path() const;
    bool allows_interaction() const;  // the caller can wait for a polkit dialogue

    // Gives, for as long as it is kept, whether the caller is still connected: for what takes minutes.
    std::function<bool()> watch_caller() const;

    Right right() const;
    // Refused (code_required) when `act` is in step_up.acts and a caller with one-time codes has given none
    // lately. Rows do it by their action; handlers for what only the arguments tell ("prune"); what a change
    // turns out to be the directory asks for (ChangeOptions::owes).
    Result<void> require_step_up(std::string_view act) const;
    std::shared_ptr<const std::vector<std::string>> owed_acts() const;  // null: none
    bool sees_private() const;  // root, or whom polkit lets read-private
    ObjectId subject() const;   // of the object that the call was authorised for

    Result<std::string> read_string();
    Result<std::string> read_variant_string();
    Result<bool> read_bool();
    Result<std::uint64_t> read_count();
    Result<Extent> read_extent();  // of at most 1,000 rows: no list becomes a message without a bound
    Result<std::vector<std::string>> read_strings();
    Result<Fields> read_fields();
    Result<SecretFields> read_secret_fields(std::initializer_list<std::string_view> known);
    Result<Fd> read_fd();
    Result<ChangeOptions> read_flags();  // t flags; unknown bits are refused
    Result<Fields> read_options(std::initializer_list<std::string_view> known);  // others are refused
    // a{sv} options and t flags; an option besides `generation` and `known` is refused.
    Result<ChangeArguments> read_change(std::initializer_list<std::string_view> known = {});

    template <typename... Values>
    Result<void> reply(const Values&... values) {
        BusMessage answer = TRY(start_reply());
        int r = 0;
        (void)(... && ((r = write(answer.get(), values)) >= 0));
        return send(std::move(answer), r);
    }
    void fail(const Error& error);
    void finish(const Result<void>& result) {
        if (!result) fail(result.error());
    }

 private:
    friend class Connection;
    struct State;
    static void answer(sd_bus_message* to, const Error& error);
    Result<BusMessage> start_reply();
    Result<void> send(BusMessage answer, int written);
    std::shared_ptr<State> state_;
};

}  // namespace userd::bus
