// SPDX-License-Identifier: LGPL-2.1-or-later
// Unknown, wrong, suspended and locked take the same way: a ticket, one hash run, one write. What
// differs is the reason in the audit trail. The hash runs while the disk takes the ticket; nothing is told of
// it before both are there.
#include "daemon/login/tries.h"

#include <utility>

#include "daemon/login/account.h"
#include "daemon/login/codes.h"
#include "daemon/login/totp.h"
#include "daemon/login/tries_impl.h"
#include "daemon/runtime/journal.h"
#include "daemon/store/users.h"

namespace userd {

void Tries::run(TryRequest request, Done done) {
    auto one = std::make_shared<Try>();
    one->source = source_of(request.facts.rhost);
    one->request = std::move(request);
    one->done = std::move(done);
    one->begun_at = clock_.boot_now();
    desk_.take(
        one->request.facts.user, one->request.typed_name, one->source,
        [this, one](TicketDesk::Answer answer) { begin(one, answer); },
        [this, one](TicketDesk::Answer answer, Ticket ticket) {
            begin(one, answer);
            one->answer = answer;
            one->ticket = std::move(ticket);
            one->is_answered = true;
            go_on(one);
        });
}

void Tries::begin(const Shared& one, TicketDesk::Answer answer) {
    if (std::exchange(one->has_begun, true)) return;
    one->answer = answer;
    one->is_hashed = answer == TicketDesk::Answer::busy || !one->request.asked.password;
    if (answer == TicketDesk::Answer::busy) return;
    if (const auto prepared = prepare(*one); !prepared) {
        journal::error("read the credentials of an account: {}", prepared.error().message);
        end(*one, Reason::internal);
        one->is_hashed = true;
    }
    if (one->is_hashed) return;
    auto job = [password = one->request.password.clone(), record = one->record, cost = hashes_.cost] {
        return verify_password(password, record, cost);
    };
    hashes_.run(lane_of(*one), std::move(job), [this, one](Result<HashOutcome> hashed) {
        if (hashed) {
            one->hashed = std::move(*hashed);
            if (!one->hashed.is_old && !one->request.mirrored) one->request.password = Secret();
        } else {
            if (hashed.error().code != Errc::busy)
                journal::error("check a password: {}", hashed.error().message);
            end(*one, Reason::busy);
        }
        one->is_hashed = true;
        go_on(one);
    });
}

HashQueue::Lane Tries::lane_of(const Try& one) {
    const ObjectId user = one.request.facts.user;
    return {one.source, user ? std::to_string(user.value) : one.request.typed_name};
}

void Tries::go_on(const Shared& one) {
    ask_server(one);
    if (one->is_answered && !one->is_hashed) (void)know_account(*one);
    if (!one->is_hashed || !one->is_answered || one->is_waiting) return;
    if (one->answer == TicketDesk::Answer::busy) end(*one, Reason::busy);
    writes_.write([this, one] { return record(*one); },
                  [this, one](const Result<void>& written) { tell(one, written); });
}

void Tries::end(Try& one, Reason reason) {
    one.verdict = Verdict(reason);
    one.is_ended = true;
}

// Sets the record to verify against, empty where the work alone counts; takes password and code apart when a
// client gave both in one string.
Result<void> Tries::prepare(Try& one) {
    TryRequest& request = one.request;
    const bool one_string = request.asked.password && request.asked.code && !request.password.empty() &&
                            equal(request.password, request.code);
    one.one_string = one_string;
    unsigned digits = one_string ? 6 : 0;
    if (const ObjectId user = request.facts.user) {
        const auto password = TRY(store_.credentials().find_password(user));
        const auto offline = TRY(store_.credentials().find_offline_password(user));
        const bool counts = one.answer == TicketDesk::Answer::taken;
        if (counts && request.mirrored && offline) one.record = offline->hash;
        if (counts && !request.mirrored && password) {
            one.record = password->hash;
            one.password_set = password->changed_at;
        }
        if (one_string) digits = TRY(digits_of_code(one));
    }
    if (digits > 0) {
        const std::size_t size =
            request.password.size() - std::min<std::size_t>(digits, request.password.size());
        request.code = Secret(request.password.text().substr(size));
        request.password.shrink(size);
    }
    if (one_string && digits == 0) request.code = Secret();
    return {};
}

// Of the code that stands at the end of the one string; 0: the password alone is meant.
Result<unsigned> Tries::digits_of_code(Try& one) {
    if (!TRY(know_account(one)) || !one.account->totp) return 0;
    const Demand demand = demand_to_prove(*config_, one.request.entrance, one.account->person);
    return is_met(demand, {true, false, one.request.key}) ? 0 : one.account->totp->shape.digits;
}

// As the store has it now; false: it knows no such account. What is nobody's is looked for all the same, so
// that it takes no less time.
Result<bool> Tries::know_account(Try& one) {
    const ObjectId id = one.request.facts.user;
    if (one.account && one.account->version == store_.version()) return one.account->is_there;
    one.account.reset();
    auto found = TRY(store_.users().find(id));
    const bool is_there = found.has_value();
    User user = std::move(found).value_or(User{});
    auto person = TRY(load_person(store_, user, clock_.now()));
    auto& credentials = store_.credentials();
    one.account.emplace(Account{
        is_there, std::move(user), std::move(person), TRY(credentials.find_password(id)),
        TRY(credentials.find_offline_password(id)), TRY(credentials.find_totp(id)), store_.version()});
    return is_there;
}

// Afresh in each write: what those before it used up and changed counts.
Tries::Verdict Tries::verdict_of(Try& one) {
    if (one.is_ended) return *one.verdict;
    auto verdict = judge(one);
    if (verdict) return std::move(*verdict);
    journal::error("judge a login: {}", verdict.error().message);
    return Verdict();
}

Tries::Finding Tries::find_of_password(const Try& one) const {
    if (one.request.mirrored) return find_of_server(one);
    const auto& password = one.account->password;
    return {one.hashed.right && password && password->changed_at == one.password_set};
}

Result<Tries::Verdict> Tries::judge(Try& one) {
    const TryRequest& request = one.request;
    Verdict verdict(Reason::unknown_user, TryOutcome::wrong);
    if (!TRY(know_account(one))) return verdict;
    if (one.answer == TicketDesk::Answer::locked) {
        verdict.reason = Reason::locked_out;
        return verdict;
    }
    const auto& [is_there, user, person, password, offline, totp, version] = *one.account;
    Demand demand = demand_to_prove(*config_, request.entrance, person);
    if (request.old_password) demand = Demand{nullptr, {{Factor::password}}, false};
    const auto [right, instead] = find_of_password(one);
    TRY(judge_code(one, demand, right, verdict));
    if (request.asked.password && !right && verdict.reason != Reason::none) {
        const bool has_one = password || request.mirrored;
        verdict = instead != Reason::none
                      ? Verdict(instead)
                      : Verdict(has_one ? Reason::bad_password : Reason::no_password, TryOutcome::wrong);
    } else if (right && instead != Reason::none && verdict.reason == Reason::none) {
        verdict = Verdict(instead);
    }
    const bool proved = verdict.outcome == TryOutcome::right;
    if (proved && person.enrolled && !verdict.code) verdict.outcome = TryOutcome::right_in_part;
    if (const Reason standing = standing_of(user); standing != Reason::none) {
        verdict.outcome = proved ? TryOutcome::neither : verdict.outcome;
        verdict.reason = standing;
    }
    if (verdict.reason == Reason::mfa_missing && right && instead == Reason::none && user.enrol_until &&
        clock_.now() < *user.enrol_until) {
        verdict.outcome = TryOutcome::neither;
        verdict.enrol = request.may_enrol && !one.one_string ? Enrol::here : Enrol::elsewhere;
    }
    return verdict;
}

// What password and key prove may do; else the code is looked at. It is used up only if all is right with it.
Result<void> Tries::judge_code(const Try& one, const Demand& demand, bool password, Verdict& verdict) {
    const TryRequest& request = one.request;
    Proven proven{request.asked.password && password, false, request.key};
    if (is_met(demand, proven)) {
        verdict = Verdict(Reason::none, TryOutcome::right);
        return {};
    }
    proven.code = true;
    verdict.outcome = TryOutcome::wrong;
    verdict.reason = Reason::not_allowed;
    if (!is_met(demand, proven)) return {};
    // Enter at the prompt: whoever types one is held to it. Alone it is no proof of anything.
    if (request.code.empty() && request.place && (proven.password || proven.key) && !is_new_password(one))
        if (const auto given =
                remembered_.find(request.facts.user, *request.place, demand, clock_.boot_now())) {
            verdict = Verdict(Reason::none, TryOutcome::right);
            verdict.remembered = given;
            return {};
        }
    verdict.reason = Reason::bad_code;
    auto& credentials = store_.credentials();
    const auto& totp = one.account->totp;
    if (!credentials.has_key() || (totp && !totp->secret)) {
        journal::error("a code was refused: the sealing key is not here");
        verdict = Verdict(Reason::internal);
        return {};
    }
    if (!totp) verdict.reason = Reason::mfa_missing;
    if (const auto code = parse_code(request.code, totp ? totp->shape.digits : 0)) {
        verdict.code_row = TRY(credentials.find_code(request.facts.user, *code, clock_.now()));
    } else if (totp) {
        const auto match =
            match_totp(*totp->secret, totp->shape, request.code.text(), clock_.now(), totp->last_step);
        if (match.verdict == CodeVerdict::right) verdict.step = match.step;
        if (match.verdict == CodeVerdict::reused) {
            verdict.reason = Reason::code_reused;
            verdict.outcome = TryOutcome::neither;
        }
    }
    if (verdict.step || verdict.code_row) {
        verdict.reason = Reason::none;
        verdict.outcome = TryOutcome::right;
        verdict.code = true;
    }
    return {};
}

// One write: the used code, the ticket, the audit row. Judged and used with no wait between, a
// code has one taker; the table says so once more.
Result<void> Tries::record(Try& one) {
    const ObjectId user = one.request.facts.user;
    const Time now = clock_.now();
    Verdict& verdict = one.verdict.emplace(verdict_of(one));
    if (verdict.reason == Reason::none) {
        const bool used = verdict.step       ? TRY(store_.credentials().use_step(user, *verdict.step))
                          : verdict.code_row ? TRY(store_.credentials().use_code(*verdict.code_row, now))
                                             : true;
        if (!used) verdict = Verdict(Reason::code_reused);
    }
    if (verdict.reason == Reason::none) TRY(note_of_server(one));
    if (one.answer == TicketDesk::Answer::taken) TRY(desk_.settle(one.ticket, verdict.outcome, one.source));
    if (one.answer == TicketDesk::Answer::locked) TRY(store_.tickets().put_decoy(now));
    if (verdict.enrol == Enrol::here) return {};
    return log_.record(one.request.facts, verdict.reason, now);
}

void Tries::complete(AttemptFacts facts, Done done) {
    const auto shared = std::make_shared<AttemptFacts>(std::move(facts));
    writes_.write(
        [this, shared]() -> Result<void> {
            const Time now = clock_.now();
            TRY(store_.tickets().know_source(shared->user, source_of(shared->rhost), now,
                                             most_known_sources));
            return log_.record(*shared, Reason::none, now);
        },
        [this, shared, done = std::move(done)](const Result<void>& written) {
            if (!written) journal::error("record a login attempt: {}", written.error().message);
            const Reason reason = written ? Reason::none : Reason::internal;
            done({reason, clock_.boot_now(), {}, Enrol::no});
            log_.tell(*shared, reason);
        });
}

// Without the disk a password still counts; a code that might be used twice does not.
void Tries::tell(const Shared& one, const Result<void>& written) {
    if (!one->verdict) one->verdict = verdict_of(*one);
    Verdict& verdict = *one->verdict;
    const bool has_ticket = one->answer == TicketDesk::Answer::taken;
    if (!written && written.error().code == Errc::no_space && verdict.code && !one->is_repeated) {
        one->is_repeated = true;
        store_.give_up_ballast();
        go_on(one);
        return;
    }
    if (!written) {
        journal::error("record a login attempt: {}", written.error().message);
        if (verdict.code) verdict = Verdict(Reason::internal);
        if (has_ticket) desk_.settle_failed(one->ticket, verdict.outcome);
    } else if (has_ticket) {
        desk_.settled(one->ticket, verdict.outcome);
    }
    const auto code = verdict.code ? std::optional(clock_.boot_now()) : verdict.remembered;
    one->done({verdict.reason, code, one->password_set, verdict.enrol, news_of(*one)});
    if (verdict.enrol != Enrol::here)
        log_.tell(one->request.facts, verdict.reason);  // the person need not wait for the journal
    if (verdict.reason == Reason::none && wants_renewal(*one)) renew(one);
}

// When all is said: a second hash on the way to the verdict would tell a right password from a wrong one,
// even where a code was missing or the account suspended.
void Tries::renew(const Shared& one) {
    one->account.reset();
    one->request.code = Secret();
    auto job = [password = std::move(one->request.password), cost = hashes_.cost] {
        return hash_password(password, cost);
    };
    hashes_.run(lane_of(*one), std::move(job), [this, one](const Result<std::string>& made) {
        if (!made) return;  // the next login does it
        writes_.write([this, one, record = *made] { return keep(*one, record); }, [](const Result<void>&) {});
    });
}

}  // namespace userd
