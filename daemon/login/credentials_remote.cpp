// SPDX-License-Identifier: LGPL-2.1-or-later
// Passwords that a directory server keeps. It changes them, for who knows the old one (RFC 3062), by its own
// policy; here only the rules come first that any password keeps: its length, and not to be the own name.
#include "common/base/text.h"
#include "daemon/login/credentials_impl.h"
#include "daemon/login/password_hash.h"
#include "daemon/login/remote_queue.h"
#include "daemon/login/remote_source.h"
#include "daemon/model/origin.h"
#include "daemon/runtime/journal.h"

namespace userd {
namespace {

constexpr Duration longest_change = std::chrono::seconds(20);
constexpr std::size_t longest_word_of_a_server = 200;  // bytes that a person is shown

Result<void> check_first(const Secret& password, const PasswordRules& rules) {
    for (const auto& verdict : TRY(judge_password(password, rules)))
        if (!verdict.kept && (verdict.rule == "length" || verdict.rule == "own-name"))
            return password_refused(*rules.policy, verdict);
    return {};
}

std::string in_words(const RemotePasswords::Told& told) {
    const auto text = escaped(std::string_view(told.text).substr(0, longest_word_of_a_server));
    return text.empty() ? "the directory server does not take it" : "the directory server says: " + text;
}

Result<void> outcome_of(const RemotePasswords::Told& told) {
    using wire::LdapAnswer;
    switch (told.answer) {
        case LdapAnswer::ok:
            return {};
        case LdapAnswer::unreachable:
            return fail(
                Error{Errc::unavailable, "the directory server cannot be reached", "try again later", ""});
        case LdapAnswer::invalid:
            return fail(Error{Errc::denied, "the old password is not right", {}, "old"});
        case LdapAnswer::must_change:
        case LdapAnswer::refused:
            return fail(Error{Errc::password_refused, in_words(told), {}, "password"});
        case LdapAnswer::locked:
        case LdapAnswer::expired:
        case LdapAnswer::disabled:
            break;
    }
    return fail(Error{Errc::denied, "the directory server lets nobody change it",
                      "ask an admin of the directory", ""});
}

}  // namespace

Result<void> check_password_is_here(const User& user) {
    if (!is_mirrored(user)) return {};
    return fail(
        Error{Errc::read_only_source,
              fmt::format("the password of {} is kept by the directory server {}", user.name,
                          server_of(user.source)),
              fmt::format("it is changed there, or by {} with the old one: userctl user passwd", user.name),
              "password"});
}

void Credentials::change_at_server(const Actor& actor, const User& user, NewPassword request,
                                   Done<Secret> done) {
    if (actor.user != user.id || request.generate || !request.hash.empty())
        return done(fail(check_password_is_here(user).error()));
    if (request.password.empty())
        return done(fail(
            Error{Errc::invalid, "no password was given, and an empty one is no password", {}, "password"}));
    auto rest = std::make_shared<NewPassword>(std::move(request));
    if (rest->old) {
        if (!impl_->checker) return done(fail(Errc::denied, "the old password cannot be checked"));
        rest->proved_old = rest->old->clone();  // the server wants it once more with the new one
        Secret old = *std::move(rest->old);
        rest->old.reset();
        return impl_->checker(actor, user, std::move(old),
                              [this, guard = std::weak_ptr(impl_->alive), actor, id = user.id, rest,
                               done = std::move(done)](Result<void> right) {
                                  if (guard.expired()) return;
                                  if (!right) return done(fail(std::move(right).error()));
                                  set_password(actor, id, std::move(*rest), done);
                              });
    }
    if (rest->proved_old.empty() || impl_->remote == nullptr)
        return done(fail(Errc::denied, "changing the own password takes the old one"));
    auto rules = impl_->rules_without_blocklist(user);
    if (!rules) return done(fail(std::move(rules).error()));
    auto job = [rest, rules = *std::move(rules), cost = impl_->hashes.cost]() -> Result<std::string> {
        TRY(check_first(rest->password, rules));
        return hash_password(rest->password, cost);
    };
    impl_->hashes.run({"set a password", user.name}, std::move(job),
                      [this, guard = std::weak_ptr(impl_->alive), actor, user, rest,
                       done = std::move(done)](Result<std::string> record) {
                          if (guard.expired()) return;
                          if (!record) return done(fail(std::move(record).error()));
                          if (rest->dry_run) return done(Secret());
                          put_at_server(actor, user, std::move(*rest), *std::move(record), done);
                      });
}

// Once the server has taken it, it is the password, whatever becomes of what is kept of it here.
void Credentials::put_at_server(const Actor& actor, const User& user, NewPassword request, std::string record,
                                Done<Secret> done) {
    if (const auto now = impl_->user(user.id); !now || now->state != UserState::active)
        return done(fail(Errc::denied, "the account is not active any more"));
    if (impl_->remote == nullptr) return done(fail(outcome_of({}).error()));
    impl_->remote->change(
        {"set a password", user.name}, user, std::move(request.proved_old), std::move(request.password),
        longest_change,
        [this, guard = std::weak_ptr(impl_->alive), actor, id = user.id, record = std::move(record),
         done = std::move(done)](const RemotePasswords::Told& told) {
            if (guard.expired()) return;
            if (const auto outcome = outcome_of(told); !outcome) return done(fail(outcome.error()));
            if (const auto kept = keep_of_server(actor, id, record); !kept)
                journal::error("keep what a directory server took as a password: {}", kept.error().message);
            done(Secret());
        });
}

Result<void> Credentials::keep_of_server(const Actor& actor, ObjectId id, const std::string& record) {
    const User user = TRY(impl_->user(id));
    const LdapSource* source = find_remote_source(*impl_->config, user.source);
    auto change = TRY(impl_->store.begin(store::Purpose::login));
    if (source != nullptr && source->offline_max_age > Duration{})
        TRY(impl_->store.credentials().put_offline_password(id, record, impl_->clock.now()));
    TRY(impl_->store.credentials().set_must_change(id, false));
    TRY(impl_->audit(actor, "password.set", user));
    return impl_->finish(change, id, {});
}

}  // namespace userd
