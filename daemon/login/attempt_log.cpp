// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/attempt_log.h"

#include "common/base/text.h"
#include "daemon/login/lockout.h"
#include "daemon/runtime/journal.h"
#include "daemon/store/audit.h"
#include "daemon/store/users.h"

namespace userd {
namespace {

// `escaped` leaves printable UTF-8; JSON needs quotes and backslashes escaped besides.
std::string quoted(std::string_view text) {
    std::string result = "\"";
    for (const char c : escaped(text)) {
        if (c == '"' || c == '\\') result += '\\';
        result += c;
    }
    return result + '"';
}

constexpr Duration telling_delay = std::chrono::milliseconds(20);
constexpr std::size_t most_untold = 64;

std::string shown_name(const AttemptFacts& facts) {
    return facts.user ? facts.name : std::string("(unknown)");
}

store::AuditEntry entry_of(const AttemptFacts& facts, Time now) {
    store::AuditEntry entry;
    entry.time = now;
    entry.actor = facts.user ? facts.name : std::string();
    entry.origin = "login";
    entry.action = facts.action;
    entry.subject = "user:" + shown_name(facts);
    entry.subject_id = facts.user;
    entry.detail = fmt::format(R"({{"service":{},"rhost":{},"tty":{}}})", quoted(facts.service),
                               quoted(facts.rhost), quoted(facts.tty));
    return entry;
}

void write_line(const AttemptFacts& facts, Reason reason) {
    const bool allowed = reason == Reason::none;
    const std::string outcome =
        allowed ? std::string("allowed") : fmt::format("denied ({})", to_text(reason));
    journal::write(allowed ? LOG_INFO : LOG_NOTICE,
                   fmt::format("{} of {} at {} from {} on {}: {}", facts.action, escaped(shown_name(facts)),
                               escaped(facts.service), facts.rhost.empty() ? "here" : escaped(facts.rhost),
                               facts.tty.empty() ? "no tty" : escaped(facts.tty), outcome),
                   {{"USERD_USER", shown_name(facts)},
                    {"USERD_SERVICE", escaped(facts.service)},
                    {"USERD_RHOST", escaped(facts.rhost)},
                    {"USERD_TTY", escaped(facts.tty)},
                    {"USERD_REASON", std::string(to_text(reason))},
                    {"USERD_ATTEMPT", facts.reference}});
}

}  // namespace

AttemptLog::~AttemptLog() {
    write_lines();
}

Result<void> AttemptLog::record(const AttemptFacts& facts, Reason reason, Time now) {
    if (reason == Reason::none && !config_->audit.log_success) return {};
    store::AuditEntry entry = entry_of(facts, now);
    entry.action += reason == Reason::none ? ".allowed" : ".denied";
    entry.reason = to_text(reason);
    entry.attempt = facts.reference;
    if (reason != Reason::none) return store_.audit().append_try(entry, source_of(facts.rhost));
    TRY(store_.audit().append(entry));
    return {};
}

Result<void> AttemptLog::record_session(const AttemptFacts& facts, Time now) {
    if (!config_->audit.log_success) return {};
    TRY(store_.audit().append(entry_of(facts, now)));
    return {};
}

void AttemptLog::tell(const AttemptFacts& facts, Reason reason) {
    ++counts_[{facts.action, reason}];
    untold_.emplace_back(facts, reason);
    if (untold_.size() == 1) {
        if (auto timer = loop_.call_after(telling_delay, [this] { write_lines(); })) {
            timer_ = std::move(*timer);
            return;
        }
        write_lines();  // no memory, no descriptors
    }
    if (untold_.size() >= most_untold) write_lines();
}

void AttemptLog::write_lines() {
    for (const auto& [facts, reason] : std::exchange(untold_, {})) write_line(facts, reason);
}

Result<void> AttemptLog::record_stop(ObjectId user, unsigned tries, Time now) {
    const auto account = TRY(store_.users().find(user));
    if (!account) return {};
    store::AuditEntry entry;
    entry.time = now;
    entry.origin = "login";
    entry.action = "login.stopped";
    entry.subject = "user:" + account->name;
    entry.subject_id = user;
    entry.reason = to_text(Reason::locked_out);
    entry.detail = fmt::format(R"({{"tries":{}}})", tries);
    TRY(store_.audit().append(entry));
    return {};
}

void AttemptLog::tell_stop(ObjectId user) {
    const auto account = store_.users().find(user);
    if (!account || !*account) return;
    const std::string& name = (*account)->name;
    journal::write(LOG_WARNING,
                   fmt::format("too many wrong tries in a row: unknown networks cannot log in to {} until "
                               "userctl unlock {}",
                               name, name),
                   {{"USERD_USER", name}, {"USERD_REASON", std::string(to_text(Reason::locked_out))}});
}

}  // namespace userd
