// SPDX-License-Identifier: LGPL-2.1-or-later
// Rows of the trail as fields. Who follows it has a call waiting here: no signal tells the whole bus that
// somebody tried to log in.
#include "daemon/bus/audit.h"

#include "daemon/bus/record.h"
#include "daemon/bus/user.h"

namespace userd::bus {
namespace {

constexpr std::int64_t longest_wait = 20;  // seconds: within the patience of every caller
constexpr Duration breath = std::chrono::milliseconds(100);

struct Question {
    store::AuditFilter filter;
    Extent extent;
    Duration patience{};
    BootTime since;
};

Fields fields_of(const store::AuditEntry& entry) {
    Fields row{{"time", to_unix(entry.time)}, {"actor", entry.actor},     {"origin", entry.origin},
               {"action", entry.action},      {"subject", entry.subject}, {"reason", entry.reason},
               {"attempt", entry.attempt}};
    if (entry.seq > 0) row["number"] = entry.seq;  // a sum that is still open has none
    if (entry.txn > 0) row["txn"] = static_cast<std::int64_t>(entry.txn);
    if (entry.detail != "{}") row["detail"] = entry.detail;
    return row;
}

Result<std::int64_t> number_of(const Fields& query, std::string_view name) {
    const auto number = TRY(optional_number(query, name)).value_or(0);
    if (number < 0)
        return fail(Error{Errc::invalid, fmt::format("{} is out of range", name), {}, std::string(name)});
    return number;
}

Result<Question> read_question(Call& call, store::AuditFilter filter) {
    auto query = TRY(call.read_options({"reason", "attempt", "since", "txn", "after", "wait"}));
    Question question;
    question.filter = std::move(filter);
    question.filter.reason = TRY(optional_text(query, "reason"));
    question.filter.attempt = TRY(optional_text(query, "attempt"));
    question.filter.since = TRY(time_in(query, "since"));
    question.filter.txn = static_cast<std::uint64_t>(TRY(number_of(query, "txn")));
    question.filter.after_seq = TRY(number_of(query, "after"));
    question.filter.oldest_first = query.contains("after");
    question.patience = std::chrono::seconds(std::min(TRY(number_of(query, "wait")), longest_wait));
    question.extent = TRY(call.read_extent());
    return question;
}

// Asks the worker, and again when the trail has grown while nothing was found and the caller would wait.
void ask(Core& core, Call call, const Question& question) {
    const auto growth = core.followers->growth();
    core.long_jobs.run(
        [path = core.store_path, question] {
            return store::read_audit(path, question.filter, question.extent.offset, question.extent.limit);
        },
        [&core, call, question, growth](Result<store::AuditPage> page) mutable {
            if (!page) return call.fail(page.error());
            const SystemClock clock;
            const Duration left = question.since + question.patience - clock.boot_now();
            if (page->entries.empty() && left > Duration{0})
                return core.followers->wait(growth, left,
                                            [&core, call, question] { ask(core, call, question); });
            std::vector<Fields> rows;
            for (const auto& entry : page->entries) rows.push_back(fields_of(entry));
            call.finish(call.reply(rows, page->total));
        });
}

}  // namespace

Result<void> answer_list_audit(Core& core, Call& call, store::AuditFilter filter) {
    auto question = TRY(read_question(call, std::move(filter)));
    question.since = SystemClock().boot_now();
    ask(core, call, question);
    return {};
}

Result<void> AuditObject::list(Call& call) {
    const auto about = TRY(call.read_string());
    store::AuditFilter filter;
    filter.subject = about;
    // What is there is found by its id, whatever its name was then.
    if (about.starts_with("user:")) {
        const auto user = core_.directory.get_user(about.substr(5));
        if (user) filter.subject_id = user->id;
    } else if (about.starts_with("group:")) {
        const auto group = core_.directory.get_group(about.substr(6));
        if (group) filter.subject_id = group->id;
    }
    if (filter.subject_id) filter.subject.clear();
    return answer_list_audit(core_, call, std::move(filter));
}

Result<void> AuditObject::verify(Call& call) {
    core_.long_jobs.run(
        [path = core_.store_path] { return store::verify_audit(path); },
        [call](Result<store::AuditChain> chain) mutable {
            if (!chain) return call.fail(chain.error());
            Fields fields{{"rows", static_cast<std::int64_t>(chain->rows)},
                          {"first", chain->first_seq},
                          {"head", chain->head_seq},
                          {"head_hash", chain->head_hash}};
            if (chain->broken) {
                fields["broken"] = chain->broken->seq;
                fields["problem"] = chain->broken->what;
            }
            std::vector<Fields> checkpoints;
            for (const auto& one : chain->checkpoints)
                checkpoints.push_back(
                    {{"number", one.seq}, {"time", to_unix(one.time)}, {"dropped_to", one.dropped_to}});
            call.finish(call.reply(fields, checkpoints));
        });
    return {};
}

Result<void> UserObject::list_audit(Call& call) {
    store::AuditFilter filter;
    filter.subject_id = user_.id;  // not the name: rows of who had it before are somebody else's
    return answer_list_audit(core_, call, std::move(filter));
}

void AuditFollowers::grew() {
    ++growth_;
    if (waiters_.empty() || pause_) return;
    auto timer = loop_.call_after(breath, [this] { wake(); });
    if (timer) pause_ = *std::move(timer);
}

void AuditFollowers::wake() {
    pause_ = Watch();
    for (const auto& waiter : std::exchange(waiters_, {})) {
        waiter->timer = Watch();
        waiter->again();
    }
}

void AuditFollowers::wait(std::uint64_t growth, Duration patience, std::function<void()> again) {
    if (growth != growth_) return again();
    auto waiter = std::make_shared<Waiter>();
    waiter->again = std::move(again);
    auto timer = loop_.call_after(patience, [this, weak = std::weak_ptr(waiter)] {
        const auto over = weak.lock();
        if (!over) return;
        waiters_.remove(over);
        over->again();
    });
    if (!timer) return waiter->again();  // at once, then: its time is checked there
    waiter->timer = *std::move(timer);
    waiters_.push_back(std::move(waiter));
}

}  // namespace userd::bus
