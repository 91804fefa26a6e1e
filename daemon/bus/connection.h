// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "common/base/fd.h"
#include "daemon/bus/action.h"
#include "daemon/bus/call.h"
#include "daemon/bus/call_state.h"
#include "daemon/bus/callers.h"
#include "daemon/bus/polkit.h"
#include "daemon/bus/sd_bus.h"

namespace userd::bus {

// How a caller stands to the object of a call.
struct Standing {
    ObjectId object;
    bool is_own = false;
};

// A row of a table, without its types.
struct Row {
    Action action;
    Action self;
    Result<Standing> (*find)(Core&, const Call&);
    Result<void> (*run)(Core&, Call&);
};

// One bus connection with the tables on it: the system bus, or one peer of the admin socket. Decides who may,
// in this order: root; the account itself, as far as self-service goes; the caller's roles, within their
// scope; polkit. Any doubt about who calls means no.
class Connection final {
 public:
    using Closed = std::function<void()>;  // the other side has gone; called once, from the loop

    // The broker at `address`; the name is asked for, and `named` runs when it is ours.
    static Result<std::unique_ptr<Connection>> open_system(Core& core, InFlight& in_flight,
                                                           const std::string& address,
                                                           std::function<void()> named, Closed closed);
    // A peer whose credentials have been checked: `caller` is believed, nothing the peer says is.
    static Result<std::unique_ptr<Connection>> open_peer(Core& core, InFlight& in_flight, Fd socket,
                                                         Caller caller, Closed closed);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    Core& core() { return core_; }
    void take(sd_bus_message* message, const Row& row) noexcept;
    // Signals. A peer that leaves them unread loses its connection after a while; one change may bring
    // thousands at once, so their number alone says nothing.
    void tell(const ChangeEvent& event);
    static inline Duration patience_with_readers = std::chrono::seconds(5);  // tests have less

 private:
    Connection(Core& core, InFlight& in_flight) : core_(core), in_flight_(in_flight) {}
    Result<void> add_tables();
    Result<void> start(Closed closed);
    Result<void> watch_departures();
    Result<void> request_name(std::function<void()> named);
    std::uint64_t unread() const;
    void watch_reader(std::uint64_t unread_before);

    // By the caller's roles: done, or refused for the reason that is handed back; null: roles say nothing.
    Result<std::optional<Error>> run_by_role(Call& call, const Row& row, const Standing& standing);

    bool enter(Call& call, std::uint32_t uid);  // false: the call is answered, the uid has its share
    void admit(Call call, const Row& row, const Caller& caller);
    Result<void> decide(Call& call, const Row& row);
    Result<void> run_as(Call& call, const Row& row, Right right);
    Result<void> ask_polkit(const Call& call, const Row& row, std::optional<Error> refusal);
    void on_verdict(Call call, const Row& row, Verdict verdict, const std::optional<Error>& refusal);

    Core& core_;
    InFlight& in_flight_;
    BusHandle bus_;
    std::optional<Caller> peer_;
    std::optional<Callers> callers_;
    std::optional<Polkit> polkit_;
    Questions questions_;
    std::shared_ptr<Assumed> assumed_ = std::make_shared<Assumed>();  // calls outlive their connection
    Watch reader_timer_;
    Closed closed_;
    std::function<void()> named_;
};

// The common end of getters: an Error becomes the property's error.
int answer_get(sd_bus_error* error, const std::function<Result<int>()>& get) noexcept;

}  // namespace userd::bus
