// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/ticket_desk.h"

#include <algorithm>

#include "daemon/runtime/journal.h"

namespace userd {
namespace {

constexpr Duration longest_wait = std::chrono::seconds(20);
constexpr std::size_t most_waiting = 64;
constexpr std::size_t most_nobodies = 4096;
constexpr unsigned threshold_in_memory = 3;

LockoutRules memory_rules(LockoutRules rules) {
    rules.failures = std::min(rules.failures, threshold_in_memory);
    return rules;
}

store::Counter after(const store::Counter& counter, TryOutcome outcome, const LockoutRules& rules, Time now) {
    switch (outcome) {
        case TryOutcome::right:
            return after_right(counter);
        case TryOutcome::right_in_part:
        case TryOutcome::neither:
            return after_neither(counter);
        case TryOutcome::wrong:
            break;
    }
    return after_wrong(counter, rules, now);
}

}  // namespace

TicketDesk::TicketDesk(store::Store& store, Loop& loop, const Clock& clock)
    : store_(store), loop_(loop), clock_(clock) {}

// Where it cannot be written now, a read-only or full disk must not keep the logins from starting: the tries
// are owed, and the open tickets stay taken until then.
Result<void> TicketDesk::recover() {
    const auto rows = TRY(store_.tickets().list_open());
    if (rows.empty()) return {};
    if (const auto written = write_recovered(rows); !written) {
        journal::warning("count the login tries that were cut off: {}", written.error().message);
        for (const auto& row : rows) {
            Debt& debt = debts_[{row.user, row.counter}];
            debt.stale_open = row.value.open;
            debt.memory.failures = debt.memory.total = row.value.open;
        }
    }
    return {};
}

Result<void> TicketDesk::write_recovered(const std::vector<store::Tickets::Row>& rows) {
    auto change = TRY(store_.begin());
    for (const auto& row : rows)
        TRY(store_.tickets().put(row.user, row.counter, after_crash(row.value, rules_, clock_.now())));
    return change.commit();
}

void TicketDesk::take(ObjectId user, std::string_view name, const std::string& source, Done done) {
    const auto key = key_of(user, name, source);
    if (!key) {
        journal::error("read the counters of wrong tries: {}", key.error().message);
        done(Answer::busy, {});
        return;
    }
    // Who comes later does not overtake who waits.
    const auto line = waiting_.find(*key);
    if (line != waiting_.end() || !try_take(*key, done)) wait_for(*key, std::move(done));
}

Result<TicketKey> TicketDesk::key_of(ObjectId user, std::string_view name, const std::string& source) const {
    if (!user) return TicketKey{{}, std::string(name)};
    return TicketKey{user,
                     TRY(store_.tickets().counter_of(user, source, clock_.now() - Duration(source_memory)))};
}

bool TicketDesk::try_take(const TicketKey& key, const Done& done) {
    bool wait = false, durable = true;
    Answer answer = Answer::busy;
    if (!key.user) {
        trim_nobodies();
        answer = take_in_memory(key, nobodies_[key], rules_, wait);
        if (!wait && answer == Answer::taken && !write_decoy()) durable = false;
    } else if (auto taken = take_durable(key, wait)) {
        answer = *taken;
    } else {
        durable = false;
        answer = take_in_memory(key, debts_[key].memory, memory_rules(rules_), wait);
    }
    if (wait) return false;
    done(answer, Ticket{key, durable});
    return true;
}

Result<TicketDesk::Answer> TicketDesk::take_durable(const TicketKey& key, bool& wait) {
    const Time now = clock_.now();
    store::Counter counter = TRY(store_.tickets().find(key.user, key.counter));
    if (const auto debt = debts_.find(key); debt != debts_.end()) {
        counter.open -= std::min(counter.open, debt->second.stale_open);
        if (debt->second.forgiven) counter = store::Counter{.open = counter.open};
        if (const unsigned wrong = debt->second.memory.total; wrong > 0) {
            ++counter.open;  // after_wrong takes one back
            counter = after_wrong(counter, rules_, now, wrong);
        }
    }
    if (is_locked(counter, now)) return Answer::locked;
    if (free_tickets(counter, rules_, now) == 0) {
        wait = true;
        return Answer::busy;
    }
    auto change = TRY(store_.begin());
    TRY(store_.tickets().put(key.user, key.counter, with_ticket(counter)));
    TRY(change.commit());
    debts_.erase(key);
    return Answer::taken;
}

TicketDesk::Answer TicketDesk::take_in_memory(const TicketKey&, store::Counter& counter,
                                              const LockoutRules& rules, bool& wait) {
    const Time now = clock_.now();
    if (is_locked(counter, now)) return Answer::locked;
    if (free_tickets(counter, rules, now) == 0) {
        wait = true;
        return Answer::busy;
    }
    counter = with_ticket(counter);
    return Answer::taken;
}

Result<void> TicketDesk::write_decoy() {
    auto change = TRY(store_.begin());
    TRY(store_.tickets().put_decoy(clock_.now()));
    return change.commit();
}

Result<void> TicketDesk::settle(const Ticket& ticket, TryOutcome outcome, const std::string& source) {
    const Time now = clock_.now();
    auto& tickets = store_.tickets();
    if (!ticket.key.user) return tickets.put_decoy(now);
    if (ticket.durable) {
        const auto counter = TRY(tickets.find(ticket.key.user, ticket.key.counter));
        TRY(tickets.put(ticket.key.user, ticket.key.counter, after(counter, outcome, rules_, now)));
    }
    if (outcome != TryOutcome::right && outcome != TryOutcome::right_in_part) return {};
    return tickets.know_source(ticket.key.user, source, now, most_known_sources);
}

void TicketDesk::settled(const Ticket& ticket, TryOutcome outcome) {
    const Time now = clock_.now();
    if (!ticket.key.user)
        nobodies_[ticket.key] = after(nobodies_[ticket.key], outcome, rules_, now);
    else if (!ticket.durable)
        debts_[ticket.key].memory = after(debts_[ticket.key].memory, outcome, memory_rules(rules_), now);
    wake(ticket.key);
}

void TicketDesk::settle_failed(const Ticket& ticket, TryOutcome outcome) {
    if (ticket.key.user && ticket.durable) {
        Debt& debt = debts_[ticket.key];
        ++debt.stale_open;
        if (outcome == TryOutcome::right) debt.forgiven = true;
        debt.memory = after(with_ticket(debt.memory), outcome, memory_rules(rules_), clock_.now());
        wake(ticket.key);
        return;
    }
    settled(ticket, outcome);
}

void TicketDesk::forget(ObjectId user) {
    std::vector<TicketKey> keys;
    for (auto& [key, debt] : debts_) {
        if (key.user != user) continue;
        debt.memory = store::Counter{.open = debt.memory.open};
    }
    for (const auto& [key, line] : waiting_)
        if (key.user == user) keys.push_back(key);
    for (const auto& key : keys) wake(key);
}

void TicketDesk::wait_for(const TicketKey& key, Done done) {
    auto& line = waiting_[key];
    const std::uint64_t number = next_number_++;
    auto timer = loop_.call_after(longest_wait, [this, key, number] { give_up(key, number); });
    if (line.size() >= most_waiting || !timer) {
        if (line.empty()) waiting_.erase(key);
        done(Answer::busy, {});
        return;
    }
    line.push_back({number, std::move(done), std::move(*timer)});
}

void TicketDesk::wake(const TicketKey& key) {
    for (;;) {
        const auto line = waiting_.find(key);
        if (line == waiting_.end()) return;
        // `done` may come back here: the waiter leaves the line before it is told.
        Waiter waiter = std::move(line->second.front());
        line->second.pop_front();
        if (line->second.empty()) waiting_.erase(line);
        if (try_take(key, waiter.done)) continue;
        waiting_[key].push_front(std::move(waiter));
        return;
    }
}

void TicketDesk::give_up(const TicketKey& key, std::uint64_t number) {
    const auto line = waiting_.find(key);
    if (line == waiting_.end()) return;
    const auto waiter = std::find_if(line->second.begin(), line->second.end(),
                                     [&](const Waiter& w) { return w.number == number; });
    if (waiter == line->second.end()) return;
    const Done done = std::move(waiter->done);
    line->second.erase(waiter);
    if (line->second.empty()) waiting_.erase(line);
    done(Answer::busy, {});
}

// Nobody gets in by a name that is nobody's: what is forgotten here lets nothing through.
void TicketDesk::trim_nobodies() {
    while (nobodies_.size() >= most_nobodies) {
        auto idle = std::find_if(nobodies_.begin(), nobodies_.end(),
                                 [](const auto& entry) { return entry.second.open == 0; });
        if (idle == nobodies_.end()) return;
        nobodies_.erase(idle);
    }
}

}  // namespace userd
