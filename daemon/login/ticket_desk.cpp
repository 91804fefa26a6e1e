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
constexpr std::size_t most_debts = 65536;
constexpr std::size_t most_paid_at_once = 64;
constexpr unsigned threshold_in_memory = 3;
constexpr Duration least_clock_step = std::chrono::seconds(2);  // of what is no mere correction

Duration wall_ahead(const Clock& clock) {
    return clock.now().time_since_epoch() - clock.boot_now().time_since_epoch();
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

TicketDesk::TicketDesk(store::Store& store, store::WriteQueue& writes, Loop& loop, const Clock& clock,
                       AttemptLog& log, const Config& config)
    : store_(store),
      writes_(writes),
      loop_(loop),
      clock_(clock),
      log_(log),
      config_(&config),
      wall_ahead_(wall_ahead(clock)) {}

// For a nobody as for a stranger at an account.
LockoutRules TicketDesk::rules_for(const TicketKey& key) const {
    return rules_of(*config_, key.user ? key.counter : std::string());
}

LockoutRules TicketDesk::memory_rules_for(const TicketKey& key) const {
    LockoutRules rules = rules_for(key);
    rules.failures = std::min(rules.failures, threshold_in_memory);
    return rules;
}

// Where it cannot be written now, a read-only or full disk must not keep the logins from starting: the tries
// are owed, and the open tickets stay taken until then.
Result<void> TicketDesk::recover() {
    const auto rows = TRY(store_.tickets().list_unsettled(clock_.now() + LockoutRules(*config_).longest));
    if (rows.empty()) return {};
    const auto written = write_recovered(rows);
    if (!written) journal::warning("count the login tries that were cut off: {}", written.error().message);
    for (const auto& row : rows) {
        const TicketKey key{row.user, row.counter};
        tell_stop(key, written.has_value());
        if (written || row.value.open == 0) continue;
        Debt& debt = debt_of(key);
        debt.stale_open = debt.wrong = debt.memory.open = row.value.open;
        debt.memory = after_crash(debt.memory, memory_rules_for(key), clock_.now());
    }
    return {};
}

Result<void> TicketDesk::write_recovered(const std::vector<store::Tickets::Row>& rows) {
    auto change = TRY(store_.begin(store::Purpose::login));
    for (const auto& row : rows) {
        const TicketKey key{row.user, row.counter};
        TRY(put(key, row.value, after_crash(row.value, rules_for(key), clock_.now())));
    }
    return change.commit();
}

// The audit trail hears of a stop in the same write, the journal after it.
Result<void> TicketDesk::put(const TicketKey& key, const store::Counter& before,
                             const store::Counter& after) {
    TRY(store_.tickets().put(key.user, key.counter, after));
    if (is_stopped(before) || !is_stopped(after)) return {};
    just_stopped_.insert(key);
    return log_.record_stop(key.user, after.total, clock_.now());
}

void TicketDesk::tell_stop(const TicketKey& key, bool written) {
    if (just_stopped_.erase(key) > 0 && written) log_.tell_stop(key.user);
}

void TicketDesk::tend() {
    move_locks();
    follow_clock();
    std::vector<TicketKey> keys;  // some: the rest next time
    for (auto debt = debts_.begin(); debt != debts_.end() && keys.size() < most_paid_at_once; ++debt)
        keys.push_back(debt->first);
    for (const auto& key : keys) pay(key);
}

void TicketDesk::pay(const TicketKey& key) {
    auto debt = std::make_shared<std::optional<Debt>>();
    writes_.write(
        [this, key, debt]() -> Result<void> {
            *debt = begin_to_pay(key);
            if (!*debt) return {};
            const auto before = TRY(store_.tickets().find(key.user, key.counter));
            return put(key, before, with_debt(key, before, **debt));
        },
        [this, key, debt](const Result<void>& written) {
            tell_stop(key, written.has_value());
            if (*debt) end_to_pay(key, **debt, written.has_value());
        });
}

// None: nothing is owed, or a write that is under way counts it already.
std::optional<TicketDesk::Debt> TicketDesk::begin_to_pay(const TicketKey& key) {
    const auto owed = debts_.find(key);
    if (owed == debts_.end() || !being_paid_.insert(key).second) return std::nullopt;
    return owed->second;
}

void TicketDesk::end_to_pay(const TicketKey& key, const Debt& debt, bool written) {
    being_paid_.erase(key);
    const auto owed = debts_.find(key);
    if (!written || owed == debts_.end()) return;
    if (owed->second == debt) {
        debts_.erase(owed);
        return;
    }
    Debt& rest = owed->second;  // more came meanwhile, or an admin forgave
    rest.wrong -= std::min(rest.wrong, debt.wrong);
    rest.stale_open -= std::min(rest.stale_open, debt.stale_open);
    if (debt.forgiven) rest.forgiven = false;
}

// The wall clock was set, perhaps: lock-outs end as long after it as before.
void TicketDesk::follow_clock() {
    const Duration step = wall_ahead(clock_) - wall_ahead_;
    if (step < least_clock_step && step > -least_clock_step) return;
    wall_ahead_ += step;
    unmoved_ += step;
    for (auto& [key, debt] : debts_) debt.memory = after_clock_set(debt.memory, step, latest_lock());
    for (auto& [key, counter] : nobodies_) counter = after_clock_set(counter, step, latest_lock());
    move_locks();
}

// Again at each `tend` until the disk takes it.
void TicketDesk::move_locks() {
    if (unmoved_ == Duration{}) return;
    const Duration step = std::exchange(unmoved_, {});
    writes_.write([this, step] { return store_.tickets().move_locks(step, latest_lock()); },
                  [this, step](const Result<void>& written) {
                      if (written) return;
                      unmoved_ += step;
                      journal::warning("the clock was set, and lock-outs did not follow: {}",
                                       written.error().message);
                  });
}

// One that was made after the clock was set, and before anybody looked, is not to be moved as far.
Time TicketDesk::latest_lock() const {
    return clock_.now() + LockoutRules(*config_).longest;
}

void TicketDesk::take(ObjectId user, std::string_view name, const std::string& source, Begin begin,
                      Done done) {
    follow_clock();
    const auto key = key_of(user, name, source);
    if (!key) {
        journal::error("read the counters of wrong tries: {}", key.error().message);
        done(Answer::busy, {});
        return;
    }
    Line& line = lines_[*key];
    if (line.waiters.size() >= most_waiting) {
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
            TRY(take_durable(key, *grant));
            let_begin(key, *grant);
            return {};
        },
        [this, key, grant](const Result<void>& written) {
            if (grant->paid) end_to_pay(key, *grant->paid, written.has_value());
            tell_stop(key, written.has_value());
            if (!written) *grant = take_without_disk(key);
            hand_out(key, *grant, written.has_value());
        });
}

// The same way as for a user, write and all.
void TicketDesk::serve_nobody(const TicketKey& key, Line& line) {
    trim_nobodies();
    const Grant grant = take_in_memory(nobodies_[key], rules_for(key), line.waiters.size());
    writes_.write(
        [this, key, grant]() -> Result<void> {
            if (grant.count > 0) TRY(store_.tickets().put_decoy(clock_.now()));
            let_begin(key, grant);
            return {};
        },
        [this, key, grant](const Result<void>& written) { hand_out(key, grant, written.has_value()); });
}

Result<void> TicketDesk::take_durable(const TicketKey& key, Grant& grant) {
    const LockoutRules rules = rules_for(key);
    const store::Counter before = TRY(store_.tickets().find(key.user, key.counter));
    const auto debt = grant.paid = begin_to_pay(key);
    // A reload may have brought stricter rules.
    store::Counter counter = with_stop(debt ? with_debt(key, before, *debt) : before, rules);
    const Grant taken = take_in_memory(counter, rules, lines_.at(key).waiters.size());
    grant.answer = taken.answer;
    grant.count = taken.count;
    if (debt || counter != before)
        TRY(put(key, before, counter));
    else if (grant.answer == Answer::locked)
        TRY(store_.tickets().put_decoy(clock_.now()));
    return {};
}

// What the store's row becomes when the debt is paid.
store::Counter TicketDesk::with_debt(const TicketKey& key, store::Counter counter, const Debt& debt) const {
    counter.open -= std::min(counter.open, debt.stale_open);
    if (debt.forgiven) counter = after_right(with_ticket(counter));
    if (debt.wrong > 0) counter = after_wrong(with_ticket(counter), rules_for(key), clock_.now(), debt.wrong);
    return counter;
}

TicketDesk::Grant TicketDesk::take_without_disk(const TicketKey& key) {
    const std::size_t wanted = lines_[key].waiters.size();
    if (debts_.size() >= most_debts && !debts_.contains(key)) return {Answer::busy, wanted, {}};
    return take_in_memory(debt_of(key).memory, memory_rules_for(key), wanted);
}

// What the store has locked stays locked; of the threshold one try at least is left, or a right password
// could not get in.
TicketDesk::Debt& TicketDesk::debt_of(const TicketKey& key) {
    const auto [entry, is_new] = debts_.try_emplace(key);
    const auto stored = is_new ? store_.tickets().find(key.user, key.counter) : store::Counter{};
    if (is_new && stored) {
        entry->second.memory = with_stop(*stored, rules_for(key));
        entry->second.memory.open = 0;
        entry->second.memory.failures = std::min(stored->failures, memory_rules_for(key).failures - 1);
    }
    return entry->second;
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
        TRY(put(ticket.key, counter, after(counter, outcome, rules_for(ticket.key), now)));
    }
    // A password alone makes no new network known where a code is enrolled: what is known is never stopped.
    const bool is_known = !ticket.key.counter.empty();
    if (outcome != TryOutcome::right && !(outcome == TryOutcome::right_in_part && is_known)) return {};
    return tickets.know_source(ticket.key.user, source, now, most_known_sources);
}

void TicketDesk::settled(const Ticket& ticket, TryOutcome outcome) {
    tell_stop(ticket.key, true);
    if (!ticket.key.user)
        nobodies_[ticket.key] = after(nobodies_[ticket.key], outcome, rules_for(ticket.key), clock_.now());
    else if (!ticket.durable)
        owe(ticket.key, outcome);
    serve(ticket.key);
}

// Moves the memory of a try whose verdict is not in the store.
void TicketDesk::owe(const TicketKey& key, TryOutcome outcome) {
    Debt& debt = debt_of(key);
    debt.memory = after(debt.memory, outcome, memory_rules_for(key), clock_.now());
    if (outcome == TryOutcome::wrong) ++debt.wrong;
    if (outcome == TryOutcome::right) debt.wrong = 0;
}

void TicketDesk::settle_failed(const Ticket& ticket, TryOutcome outcome) {
    tell_stop(ticket.key, false);
    if (!ticket.key.user || !ticket.durable) return settled(ticket, outcome);
    Debt& debt = debt_of(ticket.key);
    ++debt.stale_open;
    if (outcome == TryOutcome::right) debt.forgiven = true;
    debt.memory = with_ticket(debt.memory);
    owe(ticket.key, outcome);
    serve(ticket.key);
}

void TicketDesk::forget(ObjectId user) {
    std::vector<TicketKey> keys;
    for (auto& [key, debt] : debts_) {
        if (key.user != user) continue;
        debt.memory = store::Counter{.open = debt.memory.open};
        debt.wrong = 0;
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
