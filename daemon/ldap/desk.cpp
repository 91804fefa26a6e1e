// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/ldap/desk.h"

#include "daemon/ldap/walk.h"
#include "daemon/runtime/journal.h"

namespace userd::ldap {
namespace {

constexpr std::size_t askers = 8;  // threads that wait for a server's word on a password

}  // namespace

Desk::Desk(const std::vector<LdapSource>& sources, CoreLink& core, Overseer& overseer, Loop& loop)
    : configured_(sources), core_(core), overseer_(overseer), workers_(loop, askers) {}

Result<void> Desk::open() {
    for (const auto& configured : configured_) {
        auto& source = sources_.emplace_back(configured, TRY(Servers::of(configured)));
        source.sync = std::make_unique<SourceSync>(configured, source.servers, core_, overseer_);
    }
    return {};
}

Desk::Source* Desk::find(std::string_view name) {
    for (auto& source : sources_)
        if (source.configured.name == name) return &source;
    return nullptr;
}

Result<void> Desk::hear(std::string_view frame) {
    const auto parsed = wire::Frame::parse(frame);
    if (!parsed) return fail(Errc::invalid, "what the core sent is no frame");
    switch (parsed->kind()) {
        case wire::Kind::ldap_begin:
            if (const auto message = wire::decode_ldap_begin(frame)) return begin(*message);
            break;
        case wire::Kind::ldap_bind:
            if (const auto message = wire::decode_ldap_bind(frame)) return check(*message), Result<void>();
            break;
        case wire::Kind::ldap_modify_password:
            if (const auto message = wire::decode_ldap_modify_password(frame))
                return change(*message), Result<void>();
            break;
        case wire::Kind::ldap_test:
            if (const auto message = wire::decode_ldap_test(frame)) return test(*message), Result<void>();
            break;
        default:
            break;
    }
    return fail(Errc::invalid, "the core sent a frame of kind {} that makes no sense", int(parsed->kind()));
}

Result<void> Desk::begin(const wire::LdapBegin& begin) {
    auto* source = find(begin.source);
    if (source == nullptr)  // the core has read a newer configuration: started again, so do we
        return fail(Errc::invalid, "the core speaks of the source {}, which userd.yaml does not name",
                    begin.source);
    source->sync->begin(begin);
    return {};
}

void Desk::tell(std::uint64_t number, const PasswordTold& told) {
    // Who cannot be told is about to end the program.
    (void)core_.send(wire::LdapVerdict{number, told.answer, shortened(told.text, wire::max_ldap_text),
                                       told.expires_in, told.grace_logins});
}

template <typename Ask>
void Desk::ask(std::uint64_t number, std::string_view name, Ask ask) {
    auto* source = find(name);
    if (source == nullptr) return tell(number, {});
    const auto until = std::chrono::steady_clock::now() + source->configured.timeout;
    workers_.run(
        [this, number, source, until, ask = std::move(ask)]() mutable {
            const auto post = overseer_.enlist("a password check of " + source->configured.name);
            tell(number, ask(source->passwords, until, *post));
            return true;
        },
        [](const Result<bool>&) {});
}

void Desk::check(const wire::LdapBind& bind) {
    ask(bind.number, bind.source,
        [dn = std::string(bind.dn), password = Secret(bind.password)](Passwords& passwords, SteadyTime until,
                                                                      Overseer::Post& post) {
            return passwords.check(dn, password, until, post);
        });
}

void Desk::change(const wire::LdapModifyPassword& change) {
    ask(change.number, change.source,
        [dn = std::string(change.dn), before = Secret(change.old_password),
         after = Secret(change.new_password)](Passwords& passwords, SteadyTime until, Overseer::Post& post) {
            return passwords.change(dn, before, after, until, post);
        });
}

void Desk::test(const wire::LdapTest& test) {
    auto* source = find(test.source);
    if (source == nullptr) {
        (void)core_.send(
            wire::LdapTestStep{test.number, "resolve", false, "userd.yaml names no such source", {}, true});
        return;
    }
    workers_.run(
        [this, source, number = test.number, user = std::string(test.user)] {
            const auto post = overseer_.enlist("a test of " + source->configured.name);
            return Walk(source->configured, source->servers, core_, *post, number).run(user).has_value();
        },
        [](const Result<bool>&) {});
}

}  // namespace userd::ldap
