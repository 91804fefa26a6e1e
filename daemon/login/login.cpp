// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/login.h"

#include "daemon/login/account.h"
#include "daemon/login/account_keys.h"
#include "daemon/login/codes.h"
#include "daemon/login/dialogue.h"
#include "daemon/login/ssh_key.h"
#include "daemon/model/origin.h"
#include "daemon/store/credentials.h"
#include "daemon/store/users.h"

namespace userd {

Login::Login(store::Store& store, HashQueue& hashes, Credentials& credentials, const Config& config,
             const Clock& clock, Loop& loop)
    : context_(std::make_unique<Context>(store, hashes, credentials, config, clock, loop)) {
    use_config(config);
    credentials.use_checker([context = context_.get()](const Actor& actor, const User& user, Secret old,
                                                       Credentials::Done<void> done) {
        context->check_old_password(actor, user, std::move(old), std::move(done));
    });
    credentials.on_unlock([context = context_.get()](ObjectId user) { context->desk.forget(user); });
    credentials.use_remote(&context_->remote);
}

Login::~Login() {
    context_->credentials.use_checker({});
    context_->credentials.on_unlock({});
    context_->credentials.use_remote(nullptr);
}

void Login::Context::check_old_password(const Actor& actor, const User& user, Secret old,
                                        Credentials::Done<void> done) {
    TryRequest request;
    request.facts.action = "password";
    request.facts.reference = make_attempt_reference();
    request.facts.service = actor.origin;
    request.facts.user = user.id;
    request.facts.name = user.name;
    request.entrance.service = "userd";
    request.asked = {true, false};
    request.old_password = true;
    request.mirrored = is_mirrored(user);
    request.password = std::move(old);
    tries.run(std::move(request), [done = std::move(done)](const TryResult& result) {
        if (result.reason == Reason::none) return done({});
        if (result.reason == Reason::busy) return done(fail(Errc::busy, "the host is busy"));
        if (result.reason == Reason::ldap_unreachable)
            return done(fail(
                Error{Errc::unavailable, "the directory server cannot be reached", "try again later", ""}));
        done(fail(Error{Errc::denied, "the old password is not right", {}, "old"}));
    });
}

Result<void> Login::recover() {
    return context_->desk.recover();
}

void Login::tend() {
    context_->desk.tend();
}

void Login::use_config(const Config& config) {
    context_->config = &config;
    context_->desk.use_config(config);
    context_->log.use_config(config);
    context_->tries.use_config(config);
    context_->hashes.cost = {config.password.hash_memory, config.password.hash_passes};
}

const AttemptLog& Login::log() const {
    return context_->log;
}

void Login::use_homes(MakeHome make_home) {
    context_->make_home = std::move(make_home);
}

void Login::use_remote_passwords(RemotePasswords* passwords) {
    context_->remote.use(passwords);
}

void Login::use_host(std::string root) {
    context_->host_root = std::move(root);
}

std::unique_ptr<Dialogue> Login::open(LoginStart start, Peer peer, Dialogue::Reply reply) {
    switch (start.phase) {
        case wire::Phase::authenticate:
            return make_authenticate(*context_, std::move(start), peer, std::move(reply));
        case wire::Phase::account:
            return make_account(*context_, std::move(start), peer, std::move(reply));
        case wire::Phase::change_password:
            return make_change_password(*context_, std::move(start), peer, std::move(reply));
        case wire::Phase::open_session:
        case wire::Phase::close_session:
            break;
    }
    return make_session(*context_, std::move(start), peer, std::move(reply));
}

Result<std::string> Login::authorized_keys(std::string_view name) const {
    const Time now = context_->clock.now();
    const auto user = TRY(context_->store.users().find_by_name(name));
    if (!user || standing_of(*user) != Reason::none || has_ended(*user, now) ||
        (user->not_before && now < *user->not_before))
        return std::string();
    std::string lines;
    for (const auto& key : TRY(keys_of(context_->store, *user)))
        if (!key.expires || now < *key.expires) lines += authorized_keys_line(key) + "\n";
    return lines;
}

}  // namespace userd
