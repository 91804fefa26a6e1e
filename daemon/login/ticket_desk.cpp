// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/ticket_desk.h"

#include <algorithm>
#include <utility>

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

TicketDesk::TicketDesk(store::Store& store, store::WriteQueue& writes, Loop& loop, const Clock& clock)
    : store_(store), writes_(writes), loop_(loop), clock_(clock) {}

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
    auto change = TRY(store_.begin(store::Purpose::login));
    for (const auto& row : rows)
        TRY(store_.tickets().put(row.user, row.counter, after_crash(row.value, rules_, clock_.now())));
    return change.commit();
}

void TicketDesk::take(ObjectId user, std::string_view name, const std::string& source, Begin begin,
                      Done done) {
    const auto key = key_of(user, name, source);
    if (!key) {
        journal::error("read the counters of wrong tries: {}", key.error().message);
        done(Answer::busy, {});
        return;
    }
    Line& line = lines_[*key];
    if (line.waiters.size() > most_waiting) {
        done(Answer::busy, {});
        return;
    }
    line.waiters.push_back({next_number_++, std::move(begin), std::move(done), {}, false});
    if (line.waiters.size() == 1)
        serve(*key);
    else
        keep_waiting(*key, line);  // who comes later does not overtake
}

Result<TicketKey> TicketDesk::key_of(ObjectId user, std::string_view name, const std::string& source) const {
    if (!user) return TicketKey{{}, std::string(name)};
    return TicketKey{user,
                     TRY(store_.tickets().counter_of(user, source, clock_.now() - Duration(source_memory)))};
}

// Takes as many tickets as are free, for as many as wait, in one write.
void TicketDesk::serve(const TicketKey& key) {
    const auto entry = lines_.find(key);
    if (entry == lines_.end()) return;
    Line& line = entry->second;
    line.again = line.is_served;
    if (line.is_served) return;
    line.is_served = true;
    if (!key.user) return serve_nobody(key, line);
    auto grant = std::make_shared<Grant>();
    writes_.write(
        [this, key, grant]() -> Result<void> {
            *grant = TRY(take_durable(key));
            let_begin(key, *grant);
            return {};
        },
        [this, key, grant](const Result<void>& written) {
            if (written && grant->paid && debts_[key] == *grant->paid) debts_.erase(key);
            if (!written)
                *grant = take_in_memory(debts_[key].memory, memory_rules(rules_), lines_[key].waiters.size());
            hand_out(key, *grant, written.has_value());
        });
}

// The same way as for a user, write and all.
void TicketDesk::serve_nobody(const TicketKey& key, Line& line) {
    trim_nobodies();
    const Grant grant = take_in_memory(nobodies_[key], rules_, line.waiters.size());
    writes_.write(
        [this, key, grant]() -> Result<void> {
            if (grant.answer == Answer::taken && grant.count > 0)
                TRY(store_.tickets().put_decoy(clock_.now()));
            let_begin(key, grant);
            return {};
        },
        [this, key, grant](const Result<void>& written) { hand_out(key, grant, written.has_value()); });
}

Result<TicketDesk::Grant> TicketDesk::take_durable(const TicketKey& key) {
    const Time now = clock_.now();
    store::Counter counter = TRY(store_.tickets().find(key.user, key.counter));
    const auto debt = debts_.find(key);
    if (debt != debts_.end()) {
        counter.open -= std::min(counter.open, debt->second.stale_open);
        if (debt->second.forgiven) counter = store::Counter{.open = counter.open};
        if (const unsigned wrong = debt->second.memory.total; wrong > 0) {
            ++counter.open;  // after_wrong takes one back
            counter = after_wrong(counter, rules_, now, wrong);
        }
    }
    Grant grant = take_in_memory(counter, rules_, lines_.at(key).waiters.size());
    if (debt != debts_.end() || (grant.answer == Answer::taken && grant.count > 0))
        TRY(store_.tickets().put(key.user, key.counter, counter));
    if (debt != debts_.end()) grant.paid = debt->second;
    return grant;
}

// Moves the counter alone.
TicketDesk::Grant TicketDesk::take_in_memory(store::Counter& counter, const LockoutRules& rules,
                                             std::size_t wanted) const {
    const Time now = clock_.now();
    if (is_locked(counter, now)) return {Answer::locked, wanted};
    Grant grant{Answer::taken, std::min<std::size_t>(wanted, free_tickets(counter, rules, now))};
    for (std::size_t i = 0; i < grant.count; ++i) counter = with_ticket(counter);
    return grant;
}

void TicketDesk::let_begin(const TicketKey& key, const Grant& grant) {
    const Line& line = lines_.at(key);
    for (std::size_t i = 0; i < grant.count; ++i) line.waiters[i].begin(grant.answer);
}

// `done` may come back here: the line is in order before anybody is told.
void TicketDesk::hand_out(const TicketKey& key, Grant grant, bool durable) {
    Line& line = lines_[key];
    line.is_served = false;
    const bool again = std::exchange(line.again, false);
    std::vector<std::pair<Done, Answer>> told;
    for (std::size_t i = 0; i < grant.count; ++i) {
        told.emplace_back(std::move(line.waiters.front().done), grant.answer);
        line.waiters.pop_front();
    }
    while (!line.waiters.empty() && line.waiters.front().is_late) {
        told.emplace_back(std::move(line.waiters.front().done), Answer::busy);
        line.waiters.pop_front();
    }
    if (line.waiters.empty())
        lines_.erase(key);
    else
        keep_waiting(key, line);
    if (again) serve(key);
    for (const auto& [done, answer] : told) done(answer, Ticket{key, durable});
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
    serve(ticket.key);
}

void TicketDesk::settle_failed(const Ticket& ticket, TryOutcome outcome) {
    if (ticket.key.user && ticket.durable) {
        Debt& debt = debts_[ticket.key];
        ++debt.stale_open;
        if (outcome == TryOutcome::right) debt.forgiven = true;
        debt.memory = after(with_ticket(debt.memory), outcome, memory_rules(rules_), clock_.now());
        serve(ticket.key);
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
    for (const auto& [key, line] : lines_)
        if (key.user == user) keys.push_back(key);
    for (const auto& key : keys) serve(key);
}

// Everybody in the line who has no timer yet gets one.
void TicketDesk::keep_waiting(const TicketKey& key, Line& line) {
    for (Waiter& waiter : line.waiters) {
        if (waiter.timer) continue;
        auto timer =
            loop_.call_after(longest_wait, [this, key, number = waiter.number] { give_up(key, number); });
        // Without one (no memory, no descriptors) the turn still comes when a ticket does.
        if (timer) waiter.timer = std::move(*timer);
    }
}

void TicketDesk::give_up(const TicketKey& key, std::uint64_t number) {
    const auto entry = lines_.find(key);
    if (entry == lines_.end()) return;
    auto& waiters = entry->second.waiters;
    const auto waiter =
        std::find_if(waiters.begin(), waiters.end(), [&](const Waiter& w) { return w.number == number; });
    if (waiter == waiters.end()) return;
    waiter->is_late = true;
    if (entry->second.is_served) return;  // a ticket may be on its way; if not, `hand_out` tells
    const Done done = std::move(waiter->done);
    waiters.erase(waiter);
    if (waiters.empty()) lines_.erase(entry);
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
