// SPDX-License-Identifier: LGPL-2.1-or-later
// Tries at accounts whose password a directory server keeps.
#include <fmt/core.h>

#include <algorithm>

#include "daemon/login/remote_source.h"
#include "daemon/login/tries_impl.h"

namespace userd {
namespace {

// The module waits 30 s for a verdict (pam_module/limits.h): what a server says later is too late.
constexpr Duration longest_try = std::chrono::seconds(27);
constexpr Duration least_wait = std::chrono::seconds(1);
constexpr Duration noted_again = std::chrono::hours(1);  // when the server found a password right

bool is_right(const std::optional<RemotePasswords::Told>& told) {
    return told && (told->answer == wire::LdapAnswer::ok || told->answer == wire::LdapAnswer::must_change);
}

std::string in_words(Duration time) {
    using namespace std::chrono_literals;
    const auto days = time / 24h, hours = time / 1h;
    if (days >= 2) return fmt::format("{} days", days);
    return hours >= 2 ? fmt::format("{} hours", hours) : fmt::format("{} minutes", time / 1min);
}

}  // namespace

// A wrong password counts as soon as the server has it: its ticket was there before.
void Tries::ask_server(const Shared& one) {
    Try& put = *one;
    if (put.is_put || !put.request.mirrored || !put.is_answered || put.is_ended) return;
    if (put.answer != TicketDesk::Answer::taken || put.request.password.empty()) return;
    const auto is_there = know_account(put);
    if (!is_there || !*is_there) return;
    put.is_put = put.is_waiting = true;
    const Duration left = longest_try - (clock_.boot_now() - put.begun_at);
    remote_.check(lane_of(put), put.account->user, put.request.password.clone(),
                  std::clamp(left, least_wait, longest_try), [this, one](const RemotePasswords::Told& told) {
                      one->told = told;
                      one->is_waiting = false;
                      go_on(one);
                  });
}

// It was changed at the directory server since the last login: what was remembered before is over.
bool Tries::is_new_password(const Try& one) {
    return one.request.mirrored && one.request.asked.password && one.account->offline && !one.hashed.right;
}

// Nothing told: it was not asked, as an empty password never is.
Tries::Finding Tries::find_of_server(const Try& one) const {
    using wire::LdapAnswer;
    switch (one.told ? one.told->answer : LdapAnswer::invalid) {
        case LdapAnswer::ok:
        case LdapAnswer::must_change:
            return {true};
        case LdapAnswer::invalid:
        case LdapAnswer::refused:
            return {};
        case LdapAnswer::locked:
            return {false, Reason::locked_out};
        case LdapAnswer::expired:
            return {true, Reason::expired};
        case LdapAnswer::disabled:
            return {false, Reason::suspended};
        case LdapAnswer::unreachable:
            break;
    }
    const auto& offline = one.account->offline;
    const auto until = offline ? offline_until(*config_, one.account->user, *offline) : std::nullopt;
    // Before a change of it nothing but the server's own word will do.
    if (!until || clock_.now() >= *until || one.request.old_password)
        return {false, Reason::ldap_unreachable};
    return {one.hashed.right && offline->hash == one.record};
}

// In the verdict's write: what the server said of the password, for when it is away.
Result<void> Tries::note_of_server(const Try& one) {
    if (!is_right(one.told)) return {};
    auto& credentials = store_.credentials();
    const User& user = one.account->user;
    const auto& offline = one.account->offline;
    const bool must_change = one.told->answer == wire::LdapAnswer::must_change;
    if (must_change != user.must_change) TRY(credentials.set_must_change(user.id, must_change));
    if (!offline || !one.hashed.right || offline->hash != one.record) return {};
    const Duration age = clock_.now() - offline->checked_at;
    if (age >= Duration{} && age < noted_again) return {};
    return credentials.put_offline_password(user.id, offline->hash, clock_.now());
}

bool Tries::wants_renewal(const Try& one) const {
    if (!one.request.mirrored) return one.hashed.is_old;
    const LdapSource* source = find_remote_source(*config_, one.account->user.source);
    if (!is_right(one.told) || source == nullptr || source->offline_max_age == Duration{}) return false;
    return one.hashed.is_old || !one.hashed.right;
}

// The record made anew, unless another came in place of the one that was tried.
Result<void> Tries::keep(const Try& one, const std::string& record) {
    auto& credentials = store_.credentials();
    const ObjectId user = one.request.facts.user;
    if (one.request.mirrored) {
        const auto before = TRY(credentials.find_offline_password(user));
        if ((before ? before->hash : "") != one.record) return {};
        return credentials.put_offline_password(user, record, clock_.now());
    }
    const auto before = TRY(credentials.find_password(user));
    if (!before || before->hash != one.record) return {};
    return credentials.put_password(user, record, before->changed_at);
}

std::vector<std::string> Tries::news_of(const Try& one) {
    if (!one.told || one.verdict->reason != Reason::none) return {};
    const auto& told = *one.told;
    std::vector<std::string> news;
    if (told.answer == wire::LdapAnswer::unreachable)
        news.emplace_back("The directory server cannot be reached; your last password there counts.");
    if (told.grace_logins > 0)
        news.push_back(fmt::format("Your password has expired: {} more {} before it must be changed.",
                                   told.grace_logins, told.grace_logins == 1 ? "login" : "logins"));
    else if (told.expires_in > Duration{})
        news.push_back(fmt::format("Your password expires in {}.", in_words(told.expires_in)));
    return news;
}

}  // namespace userd
