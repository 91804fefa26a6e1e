// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/credentials.h"

#include <unistd.h>

#include "daemon/login/codes.h"
#include "daemon/login/credentials_impl.h"
#include "daemon/login/explain.h"
#include "daemon/login/lockout.h"
#include "daemon/login/password_history.h"
#include "daemon/login/way_in.h"
#include "daemon/model/origin.h"
#include "daemon/store/tickets.h"

namespace userd {
namespace {

// Whether no login of the account is complete without a code; the shorter passwords are for those.
Result<bool> has_second_factor(store::Store& store, const Config& config, const User& user, Time now) {
    Person person;
    person.mfa = user.mfa;
    if (user.id && TRY(store.users().find(user.id))) person = TRY(load_person(store, user, now));
    const MfaPolicy policy = effective_mfa(config, person);
    return (policy == MfaPolicy::required && !has_grace(config, person)) ||
           (policy == MfaPolicy::optional && person.enrolled);
}

Result<void> check_sources(const NewPassword& request) {
    const int sources = !request.password.empty() + !request.hash.empty() + request.generate;
    if (sources == 1) return {};
    return fail(Error{Errc::invalid,
                      sources == 0 ? "no password was given, and an empty one is no password"
                                   : "give one of a password, a hash and --generate",
                      {},
                      "password"});
}

// The hash took its time: what the caller has proved must hold still.
Result<void> check_proof(const Credentials::Impl& impl, const Actor& actor, const User& user,
                         const std::optional<Time>& replaces) {
    if (actor.user == user.id && user.state != UserState::active)
        return fail(Errc::denied, "the account is not active any more");
    if (!replaces) return {};
    const auto password = TRY(impl.store.credentials().find_password(user.id));
    if (password && password->changed_at == *replaces) return {};
    return fail(Errc::denied, "the password was changed by somebody else meanwhile");
}

}  // namespace

Result<PasswordRules> Credentials::Impl::rules_without_blocklist(const User& user) const {
    PasswordRules rules;
    rules.policy = &policy_of_passwords(*config);
    rules.second_factor = TRY(has_second_factor(store, *config, user, clock.now()));
    rules.own_words = own_words(user);
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    rules.near_words = near_words(user, host);
    return rules;
}

Result<PasswordRules> Credentials::Impl::password_rules(const User& user) const {
    auto rules = TRY(rules_without_blocklist(user));
    if (config->password.blocklist.empty()) return rules;
    rules.blocklist = TRY(Result<std::shared_ptr<const Blocklist>>(blocklist));
    if (!rules.blocklist) return fail(Errc::unavailable, "the blocklist is not there yet");
    return rules;
}

Credentials::Credentials(store::Store& store, HashQueue& hashes, const Config& config, const Clock& clock)
    : impl_(new Impl{store, hashes, &config, clock, {}, {}, {}, {}, {}, {}, {}}) {
    impl_->way_in = [this] { return admin_can_log_in(); };
}
Credentials::~Credentials() = default;

Result<AdminsWay> Credentials::admin_can_log_in() const {
    return admin_can_log_in(*impl_->config);
}

Result<AdminsWay> Credentials::admin_can_log_in(const Config& config) const {
    const auto find = [&](Until until) {
        return find_admin_who_can_log_in(impl_->store, config, impl_->clock.now(), until, impl_->last_admin);
    };
    auto way = AdminsWay::for_good;
    auto found = TRY(find(Until::good));
    if (!found) {
        found = TRY(find(Until::now));
        way = found ? AdminsWay::for_a_time : AdminsWay::none;
    }
    impl_->last_admin = found;
    return way;
}

Result<void> Credentials::check_way_in(const Config& fresh) const {
    if (TRY(admin_can_log_in()) == AdminsWay::none || TRY(admin_can_log_in(fresh)) != AdminsWay::none)
        return {};
    return fail(Error{Errc::last_admin,
                      "the old configuration stays: with the new one no admin could log in (login.rules, "
                      "login.access, mfa)",
                      "a rule that some admin can meet; or userctl config reload --allow-lockout", ""});
}

Result<Explanation> Credentials::explain(const User& user, const ExplainQuestion& question,
                                         const std::string& root) const {
    const auto away_since = impl_->remote == nullptr ? std::nullopt : impl_->remote->away_since(user);
    return explain_login(impl_->store, *impl_->config, impl_->remembered, root, user, question,
                         impl_->clock.boot_now() + (question.at - impl_->clock.now()), away_since);
}

void Credentials::use_config(const Config& config) {
    impl_->config = &config;
}
void Credentials::on_change(std::function<void(ObjectId user)> listener) {
    impl_->changed = std::move(listener);
}
void Credentials::on_unlock(std::function<void(ObjectId user)> listener) {
    impl_->unlocked = std::move(listener);
}
void Credentials::use_blocklist(Result<std::shared_ptr<const Blocklist>> list) {
    impl_->blocklist = std::move(list);
}
void Credentials::use_checker(CheckPassword checker) {
    impl_->checker = std::move(checker);
}
void Credentials::use_remote(RemoteQueue* remote) {
    impl_->remote = remote;
}

void Credentials::prepare_password(const User& user, NewPassword request, Done<PreparedPassword> done) {
    const auto refuse = [&](Error error) { done(fail(std::move(error))); };
    if (const auto one = check_sources(request); !one) return refuse(one.error());
    PreparedPassword prepared;
    prepared.must_change = request.must_change.value_or(request.generate);
    if (!request.hash.empty()) {
        if (!is_acceptable_record(request.hash.text()))
            return refuse(
                {Errc::invalid, "the hash is of no kind that is taken here, or costs too much",
                 "Argon2id ($argon2id$), yescrypt ($y$), sha512crypt ($6$) and bcrypt ($2b$) are taken",
                 "hash"});
        prepared.hash = request.hash.text();
        return done(std::move(prepared));
    }
    std::optional<PasswordRules> rules;  // none: it is made to keep them
    if (request.generate) {
        request.password = make_password(policy_of_passwords(*impl_->config).classes > 0);
        prepared.generated = request.password.clone();  // shown once, while the other is hashed
    } else {
        auto found = impl_->password_rules(user);
        if (!found) return refuse(std::move(found).error());
        rules = *std::move(found);
    }
    std::vector<std::string> history;
    if (user.id && policy_of_passwords(*impl_->config).history > 0) {
        auto found = impl_->store.credentials().password_history(user.id);
        if (!found) return refuse(std::move(found).error());
        history = *std::move(found);
    }
    auto job = [password = std::move(request.password), unlike = std::move(request.unlike),
                rules = std::move(rules), &policy = policy_of_passwords(*impl_->config),
                history = std::move(history), own = request.own,
                cost = impl_->hashes.cost]() -> Result<std::string> {
        if (rules) TRY(check_password(password, *rules));
        if (!unlike.empty() && TRY(verify_password(password, unlike, cost)).right)
            return password_refused(policy, {"current", false, "the new password is the old one"});
        auto hashed = TRY(hash_with_history(password, history, cost));
        if (own && hashed.used_before)
            return password_refused(
                policy,
                {"history", false, fmt::format("the password is one of the last {}", policy.history)});
        return std::move(hashed.record);
    };
    impl_->hashes.run({"set a password", user.name}, std::move(job),
                      [prepared = std::move(prepared), done = std::move(done)](auto hashed) mutable {
                          if (!hashed) return done(fail(std::move(hashed).error()));
                          prepared.hash = std::move(*hashed);
                          prepared.was_hashed_here = true;
                          done(std::move(prepared));
                      });
}

Result<void> Credentials::store_password(const User& user, const PreparedPassword& password) {
    TRY(check_takes_more_than_keys(user));
    TRY(check_password_is_here(user));
    auto& table = impl_->store.credentials();
    const Time now = impl_->clock.now();
    TRY(table.put_password(user.id, password.hash, now));
    TRY(table.remember_password(user.id, password.was_hashed_here ? password.hash : "",
                                policy_of_passwords(*impl_->config).history, now));
    return table.set_must_change(user.id, password.must_change);
}

Result<void> Credentials::put_password(const Actor& actor, ObjectId id, const PreparedPassword& password) {
    const User user = TRY(impl_->user(id));
    TRY(check_user(impl_->store, actor, RoleGrant::password_reset, user, impl_->clock.now()));
    auto change = TRY(impl_->store.begin());
    TRY(store_password(user, password));
    TRY(impl_->audit(actor, "password.set", user));
    return impl_->finish(change, id, {});
}

Result<void> Credentials::remove_password(const Actor& actor, ObjectId id) {
    const User user = TRY(impl_->user(id));
    TRY(check_user(impl_->store, actor, RoleGrant::password_reset, user, impl_->clock.now()));
    TRY(check_password_is_here(user));
    const auto guard = TRY(impl_->guard({}));
    auto change = TRY(impl_->store.begin());
    TRY(impl_->store.credentials().remove_password(id));
    TRY(impl_->audit(actor, "password.remove", user));
    TRY(guard.after());
    return impl_->finish(change, id, {});
}

void Credentials::set_password(const Actor& actor, ObjectId id, NewPassword request, Done<Secret> done) {
    const auto user = impl_->user(id);
    if (!user) return done(fail(user.error()));
    if (is_mirrored(*user)) return change_at_server(actor, *user, std::move(request), std::move(done));
    const auto before = impl_->store.credentials().find_password(id);
    if (!before) return done(fail(before.error()));
    if (request.old) {
        if (!impl_->checker) return done(fail(Errc::denied, "the old password cannot be checked"));
        if (*before) request.replaces = (*before)->changed_at;
        Secret old = std::move(*request.old);
        request.old.reset();
        auto rest = std::make_shared<NewPassword>(std::move(request));
        return impl_->checker(actor, *user, std::move(old),
                              [this, guard = std::weak_ptr(impl_->alive), actor, id, rest,
                               done = std::move(done)](Result<void> right) {
                                  if (guard.expired()) return;
                                  if (!right) return done(fail(std::move(right).error()));
                                  set_password(actor, id, std::move(*rest), done);
                              });
    }
    if (!request.must_change) request.must_change = request.generate || actor.user != id;
    // Only the account itself hears of its passwords: whoever may reset them could guess at them here.
    request.own = actor.user == id;
    if (request.own && *before) request.unlike = (*before)->hash;
    const auto replaces = request.replaces;
    const bool dry_run = request.dry_run;
    prepare_password(*user, std::move(request),
                     [this, guard = std::weak_ptr(impl_->alive), actor, id, replaces, dry_run,
                      done = std::move(done)](Result<PreparedPassword> prepared) {
                         if (guard.expired()) return;
                         if (!prepared) return done(fail(std::move(prepared).error()));
                         const auto stored = [&]() -> Result<void> {
                             const User now_there = TRY(impl_->user(id));
                             TRY(check_proof(*impl_, actor, now_there, replaces));
                             TRY(check_user(impl_->store, actor, RoleGrant::password_reset, now_there,
                                            impl_->clock.now()));
                             auto change = TRY(impl_->store.begin());
                             TRY(store_password(now_there, *prepared));
                             TRY(impl_->audit(actor, "password.set", now_there));
                             return impl_->finish(change, id, {.dry_run = dry_run});
                         }();
                         if (!stored) return done(fail(stored.error()));
                         done(dry_run ? Secret() : std::move(prepared->generated));
                     });
}

Result<Fields> Credentials::password_policy(ObjectId id) const {
    const User user = TRY(impl_->user(id));
    const auto rules = TRY(impl_->password_rules(user));
    const auto& policy = *rules.policy;
    Fields fields{{"policy", std::string(policy.name)},
                  {"min_length", static_cast<std::int64_t>(rules.least_characters())},
                  {"second_factor", rules.second_factor},
                  {"classes", std::int64_t{policy.classes}},
                  {"blocklist", rules.blocklist != nullptr},
                  {"guesses", std::int64_t{least_guesses_power}},
                  {"history", std::int64_t{policy.history}}};
    if (policy.max_age > Duration{})
        fields["max_age"] = std::chrono::duration_cast<std::chrono::seconds>(policy.max_age).count();
    const auto password = TRY(impl_->store.credentials().find_password(id));
    if (!password) return fields;
    fields["password_changed_at"] = to_unix(password->changed_at);
    if (policy.max_age > Duration{}) fields["change_due"] = to_unix(password->changed_at + policy.max_age);
    fields["must_change"] = must_change(policy, user, password->changed_at, impl_->clock.now());
    return fields;
}

void Credentials::test_password(ObjectId id, Secret password, Done<std::vector<RuleVerdict>> done) const {
    auto user = impl_->user(id);
    if (!user) return done(fail(std::move(user).error()));
    auto rules = impl_->password_rules(*user);
    if (!rules) return done(fail(std::move(rules).error()));
    impl_->hashes.run(
        {"test a password", user->name},
        [password = std::move(password), rules = *std::move(rules)] {
            return judge_password(password, rules);
        },
        std::move(done));
}

Result<bool> Credentials::unlock(const Actor& actor, ObjectId id, const ChangeOptions& options) {
    const User user = TRY(impl_->user(id));
    TRY(check_user(impl_->store, actor, RoleGrant::user_unlock, user, impl_->clock.now()));
    const auto clear = [&]() -> Result<bool> {
        auto change = TRY(impl_->store.begin(store::Purpose::login));
        const bool was_locked = TRY(impl_->store.tickets().clear(id));
        TRY(impl_->audit(actor, "user.unlock", user));
        TRY(impl_->finish(change, id, options));
        return was_locked;
    };
    auto was_locked = clear();
    // On a full disk it may have the space that is kept for logins: it is there to let somebody in.
    if (!was_locked && was_locked.error().code == Errc::no_space && !impl_->store.is_joint()) {
        impl_->store.give_up_ballast();
        was_locked = clear();
    }
    if (was_locked && !options.dry_run)
        impl_->store.when_durable([this, id] {
            if (impl_->unlocked) impl_->unlocked(id);
        });
    return was_locked;
}

Result<Fields> Credentials::record(ObjectId id) const {
    Fields fields;
    if (const auto password = TRY(impl_->store.credentials().find_password(id)))
        fields["password_changed_at"] = to_unix(password->changed_at);
    std::vector<std::string> factors;  // what is enrolled beside the password
    if (TRY(impl_->store.credentials().has_totp(id))) factors.emplace_back("totp");
    fields["factors"] = std::move(factors);
    const auto locked = TRY(impl_->store.tickets().locked_until(id));
    if (locked && *locked > impl_->clock.now()) fields["locked_until"] = to_unix(*locked);
    return fields;
}

}  // namespace userd
