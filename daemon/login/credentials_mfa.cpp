// SPDX-License-Identifier: LGPL-2.1-or-later
#include <unistd.h>

#include "daemon/directory/ownership.h"
#include "daemon/login/codes.h"
#include "daemon/login/credentials_impl.h"
#include "daemon/login/lockout.h"
#include "daemon/login/totp.h"
#include "daemon/store/tickets.h"

namespace userd {
namespace {

constexpr unsigned most_confirmations = 3;
constexpr Duration longest_temporary = std::chrono::hours(24 * 7);

std::string issuer_of(const Config& config) {
    std::string issuer = config.mfa.issuer;
    const std::string_view host_word = "{host}";
    char host[256] = "localhost";
    gethostname(host, sizeof host - 1);
    for (std::size_t at = issuer.find(host_word); at != std::string::npos; at = issuer.find(host_word))
        issuer.replace(at, host_word.size(), host);
    return issuer;
}

std::string_view to_text(MfaPolicy policy) {
    switch (policy) {
        case MfaPolicy::off:
            return "off";
        case MfaPolicy::required:
            return "required";
        case MfaPolicy::inherit:
        case MfaPolicy::optional:
            break;
    }
    return "optional";
}

// New recovery codes in place of all others, inside a Change; handed back as they are shown.
Result<std::vector<Secret>> renew_recovery(store::Credentials& table, const Config& config, ObjectId user,
                                           Time now) {
    TRY(table.remove_codes(user, store::CodeKind::recovery));
    std::vector<Secret> shown;
    for (unsigned i = 0; i < config.mfa.recovery_codes; ++i) {
        const Secret code = make_code();
        TRY(table.add_code(user, store::CodeKind::recovery, code, {}, now));
        shown.push_back(shown_code(code));
    }
    return shown;
}

// Uses up a one-time or recovery code, inside a Change. False: not right.
Result<bool> use_any_code(store::Credentials& table, ObjectId user, const Secret& typed, Time now) {
    const auto totp = TRY(table.find_totp(user));
    if (const auto code = parse_code(typed, totp ? totp->shape.digits : 0)) {
        const auto row = TRY(table.find_code(user, *code, now));
        return row && TRY(table.use_code(*row, now));
    }
    if (!totp || !totp->secret) return false;
    const auto match = match_totp(*totp->secret, totp->shape, typed.text(), now, totp->last_step);
    return match.verdict == CodeVerdict::right && TRY(table.use_step(user, match.step));
}

Result<Secret> read_totp_key(const Secret& base32) {
    Secret secret = TRY(from_base32(base32));
    if (secret.size() < 16)
        return fail(Error{Errc::invalid, "the authenticator's key is shorter than 128 bits", {}, "totp"});
    return secret;
}

}  // namespace

Result<store::Change> begin_with_code(Credentials::Impl& impl, const Actor& actor, std::string_view action,
                                      const User& user, const Secret& code) {
    const Time now = impl.clock.now();
    auto& tickets = impl.store.tickets();
    const std::string counter = TRY(tickets.counter_of(user.id, "local", now - source_memory));
    const LockoutRules rules = rules_of(*impl.config, counter);
    const auto before = TRY(tickets.find(user.id, counter));
    auto change = TRY(impl.store.begin());
    if (free_tickets(before, rules, now) == 0) {
        TRY(impl.audit_refusal(actor, action, user, Reason::locked_out));
        TRY(change.commit());
        return fail(Error{Errc::too_many_tries, "too many wrong tries", "wait a while, or ask an admin", {}});
    }
    if (TRY(use_any_code(impl.store.credentials(), user.id, code, now))) return change;
    TRY(tickets.put(user.id, counter, after_wrong(with_ticket(before), rules, now)));
    TRY(impl.audit_refusal(actor, action, user, Reason::bad_code));
    TRY(change.commit());
    return fail(Errc::bad_code, "the code is not right");
}

// A dry run does not look at the code: it would tell a right one, and not use it up.
static Result<store::Change> begin_with_code(Credentials::Impl& impl, const Actor& actor,
                                             std::string_view action, const User& user, const Secret& code,
                                             const ChangeOptions& options) {
    if (options.dry_run) return impl.store.begin();
    return begin_with_code(impl, actor, action, user, code);
}

Result<void> check_takes_more_than_keys(const User& user) {
    if (user.kind != UserKind::service) return {};
    return fail(Errc::policy_violation, "{} is a service account: it logs in with keys only", user.name);
}

Result<void> check_codes_are_ours(Credentials::Impl& impl, const User& user) {
    if (!TRY(impl.store.credentials().has_totp_of_server(user.id))) return {};
    return owned_by_server(*impl.config, user.source,
                           fmt::format("change the one-time codes of {}", user.name), "totp");
}

Result<void> Credentials::store_totp(const User& user, Secret base32_secret) {
    TRY(check_codes_are_ours(*impl_, user));
    TRY(check_takes_more_than_keys(user));
    const Secret secret = TRY(read_totp_key(base32_secret));
    const store::TotpShape shape{impl_->config->mfa.algorithm, impl_->config->mfa.digits, 30};
    return impl_->store.credentials().put_totp(user.id, secret, shape, 0, impl_->clock.now());
}

Result<void> Credentials::put_totp(const Actor& actor, ObjectId id, Secret base32_secret) {
    const User user = TRY(impl_->user(id));
    TRY(check_user(impl_->store, actor, RoleGrant::mfa_reset, user, impl_->clock.now()));
    auto change = TRY(impl_->store.begin());
    TRY(store_totp(user, std::move(base32_secret)));
    TRY(impl_->audit(actor, "mfa.enable", user));
    return impl_->finish(change, id, {});
}

Result<TotpEnrolment> Credentials::begin_totp(const Actor& actor, ObjectId id, const ChangeOptions& options,
                                              std::optional<Secret> base32_secret) {
    const User user = TRY(impl_->user(id));
    TRY(check_codes_are_ours(*impl_, user));
    auto& table = impl_->store.credentials();
    TRY(check_takes_more_than_keys(user));
    if (TRY(table.has_totp(id)))
        return fail(
            Error{Errc::policy_violation, "one-time codes are on already", "userctl mfa disable", {}});
    const Secret secret =
        base32_secret ? TRY(read_totp_key(*base32_secret)) : Secret::random(totp_secret_size);
    const store::TotpShape shape{impl_->config->mfa.algorithm, impl_->config->mfa.digits, 30};
    auto change = TRY(impl_->store.begin());
    TRY(table.put_pending_totp(id, secret, shape, impl_->clock.now()));
    TRY(impl_->audit(actor, "mfa.begin", user));
    TotpEnrolment enrolment{{}, {}, shape.algorithm, shape.digits, shape.period};
    if (options.dry_run) return enrolment;
    TRY(change.commit());
    enrolment.secret = to_base32(secret);
    enrolment.uri = totp_uri(secret, shape, issuer_of(*impl_->config), user.name);
    return enrolment;
}

Result<std::vector<Secret>> Credentials::confirm_totp(const Actor& actor, ObjectId id, Secret code,
                                                      const ChangeOptions& options) {
    const User user = TRY(impl_->user(id));
    TRY(check_codes_are_ours(*impl_, user));
    auto& table = impl_->store.credentials();
    const Time now = impl_->clock.now();
    const auto pending = TRY(table.find_pending_totp(id));
    if (!pending) return fail(Errc::policy_violation, "no enrolment is under way: begin one first");
    if (!pending->secret) return fail(Errc::unavailable, "the sealing key is not here");
    const auto match = match_totp(*pending->secret, pending->shape, code.text(), now, 0);
    auto change = TRY(impl_->store.begin());
    if (match.verdict != CodeVerdict::right && !options.dry_run) {
        const bool last = pending->failures + 1 >= most_confirmations;
        if (last)
            TRY(table.remove_pending_totp(id));
        else
            TRY(table.count_pending_failure(id));
        TRY(impl_->audit_refusal(actor, "mfa.enable", user, Reason::bad_code));
        TRY(change.commit());
        if (last) return fail(Errc::too_many_tries, "three wrong codes: this key is void, begin again");
        return fail(Errc::bad_code, "the code is not right");
    }
    TRY(table.put_totp(id, *pending->secret, pending->shape, match.step, now));
    TRY(table.remove_pending_totp(id));
    TRY(table.remove_codes(id, store::CodeKind::temporary));
    auto shown = TRY(renew_recovery(table, *impl_->config, id, now));
    TRY(impl_->audit(actor, "mfa.enable", user));
    TRY(impl_->finish(change, id, options));
    if (options.dry_run) shown.clear();
    return shown;
}

Result<void> Credentials::disable_totp(const Actor& actor, ObjectId id, Secret code,
                                       const ChangeOptions& options) {
    const User user = TRY(impl_->user(id));
    TRY(check_codes_are_ours(*impl_, user));
    if (!TRY(impl_->store.credentials().has_totp(id)))
        return fail(Errc::policy_violation, "one-time codes are not on");
    const Person person = TRY(load_person(impl_->store, user, impl_->clock.now()));
    if (effective_mfa(*impl_->config, person) == MfaPolicy::required)
        return fail(Errc::policy_violation, "a second factor is required for {}", user.name);
    const auto guard = TRY(impl_->guard(options));
    auto change = TRY(begin_with_code(*impl_, actor, "mfa.disable", user, code, options));
    TRY(impl_->store.credentials().remove_totp(id));
    TRY(impl_->audit(actor, "mfa.disable", user));
    TRY(guard.after());
    TRY(impl_->finish(change, id, options));
    return {};
}

Result<void> Credentials::reset_mfa(const Actor& actor, ObjectId id, std::optional<Duration> within,
                                    const ChangeOptions& options) {
    const User user = TRY(impl_->user(id));
    TRY(check_user(impl_->store, actor, RoleGrant::mfa_reset, user, impl_->clock.now()));
    TRY(check_codes_are_ours(*impl_, user));
    auto& table = impl_->store.credentials();
    const auto guard = TRY(impl_->guard(options));
    auto change = TRY(impl_->store.begin());
    TRY(table.remove_totp(id));
    TRY(table.remove_codes(id, store::CodeKind::temporary));
    TRY(table.set_enrol_until(id, impl_->clock.now() + within.value_or(impl_->config->mfa.enrol_window)));
    TRY(impl_->audit(actor, "mfa.reset", user));
    TRY(guard.after());
    TRY(impl_->finish(change, id, options));
    return {};
}

Result<Secret> Credentials::create_temporary_code(const Actor& actor, ObjectId id, Duration valid,
                                                  const ChangeOptions& options) {
    if (valid <= Duration{0} || valid > longest_temporary)
        return fail(Error{Errc::invalid, "a temporary code is valid for up to 7 days", {}, "for"});
    const User user = TRY(impl_->user(id));
    TRY(check_user(impl_->store, actor, RoleGrant::mfa_code, user, impl_->clock.now()));
    const Time now = impl_->clock.now();
    const Secret code = make_code();
    auto change = TRY(impl_->store.begin());
    TRY(impl_->store.credentials().add_code(id, store::CodeKind::temporary, code, now + valid, now));
    TRY(impl_->audit(actor, "mfa.code", user));
    if (options.dry_run) return Secret();
    TRY(change.commit());
    return shown_code(code);
}

Result<std::vector<Secret>> Credentials::regenerate_recovery(const Actor& actor, ObjectId id, Secret code,
                                                             const ChangeOptions& options) {
    const User user = TRY(impl_->user(id));
    if (!TRY(impl_->store.credentials().has_totp(id)))
        return fail(Errc::policy_violation, "one-time codes are not on");
    auto change = TRY(begin_with_code(*impl_, actor, "mfa.recovery", user, code, options));
    auto shown = TRY(renew_recovery(impl_->store.credentials(), *impl_->config, id, impl_->clock.now()));
    TRY(impl_->audit(actor, "mfa.recovery", user));
    if (options.dry_run) return std::vector<Secret>();
    TRY(change.commit());
    forget_codes(id);
    return shown;
}

Result<Fields> Credentials::mfa_status(ObjectId id) const {
    const User user = TRY(impl_->user(id));
    auto& table = impl_->store.credentials();
    const Time now = impl_->clock.now();
    const Person person = TRY(load_person(impl_->store, user, now));
    Fields fields = TRY(record(id));
    fields["policy"] = std::string(to_text(effective_mfa(*impl_->config, person)));
    fields["enrolled"] = person.enrolled;
    if (const auto totp = TRY(table.find_totp(id))) {
        fields["digits"] = std::int64_t{totp->shape.digits};
        fields["algorithm"] = totp->shape.algorithm;
    }
    fields["recovery_left"] = std::int64_t{TRY(table.count_codes(id, store::CodeKind::recovery, now))};
    fields["temporary_codes"] = std::int64_t{TRY(table.count_codes(id, store::CodeKind::temporary, now))};
    if (user.enrol_until) fields["enrol_until"] = to_unix(*user.enrol_until);
    return fields;
}

}  // namespace userd
