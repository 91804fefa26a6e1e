// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon/login/attempt_log.h"
#include "daemon/login/lockout.h"
#include "daemon/runtime/loop.h"
#include "daemon/store/store.h"
#include "daemon/store/write_queue.h"

namespace userd {

// Whose try it is, and the counter that it moves.
struct TicketKey {
    ObjectId user;        // none: a name that is nobody's
    std::string counter;  // a known source, "" for all others; for a nobody the name
    auto operator<=>(const TicketKey&) const = default;
};

// A right to try once. It is durable before anything is told about the try, so a crash in between counts as
// a wrong try; where the store cannot be written, it lives in memory and there are fewer.
struct Ticket {
    TicketKey key;
    bool durable = false;
};

// right_in_part: all that was asked, of an account whose codes were not. It clears nothing, or who knows the
// password alone would guess codes for ever.
enum class TryOutcome { right, right_in_part, wrong, neither };

// Hands out tickets and takes them back. Names that are nobody's get them by the same rules, from memory,
// with a write of the same size. Main thread only.
class TicketDesk {
 public:
    enum class Answer { taken, locked, busy };
    using Begin = std::function<void(Answer)>;
    using Done = std::function<void(Answer, Ticket)>;

    TicketDesk(store::Store& store, store::WriteQueue& writes, Loop& loop, const Clock& clock,
               AttemptLog& log, const Config& config);
    void use_config(const Config& config) { config_ = &config; }

    // At start, before the first try: what a crash left open counts.
    Result<void> recover();
    // Now and then: writes what the disk had no room for, and looks at the clock as each try does.
    void tend();

    // `name` is of use only without a user. Calls `done` when the ticket is durable, perhaps at once where
    // nothing is to be written; when there is none, after 20 s (busy). Where the disk is waited for, `begin`
    // comes first, with the answer that `done` will have unless the write fails: the hash may run meanwhile.
    void take(ObjectId user, std::string_view name, const std::string& source, Begin begin, Done done);

    // In the verdict's write. Then, when it is durable or has failed, exactly one of the two below.
    Result<void> settle(const Ticket& ticket, TryOutcome outcome, const std::string& source);
    void settled(const Ticket& ticket, TryOutcome outcome);
    void settle_failed(const Ticket& ticket, TryOutcome outcome);

    // An admin cleared the account's counters in the store: forget what is in memory, and let waiters try.
    void forget(ObjectId user);

 private:
    struct Waiter {
        std::uint64_t number = 0;
        Begin begin;
        Done done;
        Watch timer;  // of those that wait for more than a write
        bool is_late = false;
    };
    // Who asked for tickets of one key, in that order. A write that takes some for the first of them is under
    // way, or none is free.
    struct Line {
        std::deque<Waiter> waiters;
        bool is_served = false;  // the write is under way
        bool again = false;      // a ticket came back meanwhile
    };
    // What could not be written: wrong tries, tickets whose row still counts them as open. `memory` goes on
    // from what the store says.
    struct Debt {
        store::Counter memory;
        unsigned wrong = 0;
        unsigned stale_open = 0;
        bool forgiven = false;
        bool operator==(const Debt&) const = default;
    };
    // For the first `count` of a line.
    struct Grant {
        Answer answer = Answer::taken;
        std::size_t count = 0;
        std::optional<Debt> paid;  // what the write counts too
    };

    Result<void> write_recovered(const std::vector<store::Tickets::Row>& rows);
    Result<TicketKey> key_of(ObjectId user, std::string_view name, const std::string& source) const;
    LockoutRules rules_for(const TicketKey& key) const;
    LockoutRules memory_rules_for(const TicketKey& key) const;
    Result<void> put(const TicketKey& key, const store::Counter& before, const store::Counter& after);
    void tell_stop(const TicketKey& key, bool written);
    void follow_clock();
    void move_locks();
    Time latest_lock() const;
    void pay(const TicketKey& key);
    std::optional<Debt> begin_to_pay(const TicketKey& key);
    void end_to_pay(const TicketKey& key, const Debt& debt, bool written);
    store::Counter with_debt(const TicketKey& key, store::Counter counter, const Debt& debt) const;
    void serve(const TicketKey& key);
    void serve_nobody(const TicketKey& key, Line& line);
    Result<void> take_durable(const TicketKey& key, Grant& grant);
    Grant take_without_disk(const TicketKey& key);
    Debt& debt_of(const TicketKey& key);
    void owe(const TicketKey& key, TryOutcome outcome);
    Grant take_in_memory(store::Counter& counter, const LockoutRules& rules, std::size_t wanted) const;
    void let_begin(const TicketKey& key, const Grant& grant);
    void hand_out(const TicketKey& key, Grant grant, bool durable);
    void keep_waiting(const TicketKey& key, Line& line);
    void give_up(const TicketKey& key, std::uint64_t number);
    void trim_nobodies();

    store::Store& store_;
    store::WriteQueue& writes_;
    Loop& loop_;
    const Clock& clock_;
    AttemptLog& log_;
    const Config* config_;
    Duration wall_ahead_;  // of the clock that nobody sets
    Duration unmoved_{};   // by which it was set, and the store's lock-outs were not moved yet
    std::map<TicketKey, Line> lines_;
    std::map<TicketKey, Debt> debts_;
    std::set<TicketKey> being_paid_;  // in a write that is under way
    std::map<TicketKey, store::Counter> nobodies_;
    std::set<TicketKey> just_stopped_;  // in a write that is under way
    std::uint64_t next_number_ = 0;
};

}  // namespace userd
