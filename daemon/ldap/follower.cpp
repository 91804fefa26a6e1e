// SPDX-License-Identifier: LGPL-2.1-or-later
// By hand, and not by ldap_sync_init(3), which keeps all UUIDs of a set and hides which phase ended how. What
// each message means stands in RFC 4533, section 3.
#include "daemon/ldap/follower.h"

#include "daemon/ldap/past.h"
#include "daemon/runtime/clock.h"

namespace userd::ldap {
namespace {

using namespace std::chrono_literals;

constexpr auto one_entry = 20s;      // to take it apart
constexpr auto silence = 120s;       // of a server in the middle of a refresh
constexpr auto quiet = 2ms;          // after a change: what belongs together has come
constexpr auto longest_wait = 20ms;  // of a change, in a burst
constexpr auto ask_every = 300s;     // whether the server still answers
constexpr auto answer_within = 30s;
constexpr auto look_every = 60s;  // for the first server

// RFC 4533, 3.4 and what OpenLDAP says of a cookie that is newer than its data, or that it cannot read.
bool means_start_over(int code) {
    return code == LDAP_SYNC_REFRESH_REQUIRED || code == LDAP_UNWILLING_TO_PERFORM ||
           code == LDAP_PROTOCOL_ERROR;
}

}  // namespace

Result<SyncEnding> Follower::run() {
    if (const auto ending = TRY(check_cookie())) return *ending;
    TRY(ask());
    look_at_ = std::chrono::steady_clock::now() + look_every;
    ask_at_ = std::chrono::steady_clock::now() + ask_every;
    for (;;) {
        const auto ending = TRY(step());
        if (!ending) continue;
        messages_.abandon(operation_);  // the connection may serve for the next try
        return *ending;
    }
}

Result<std::optional<SyncEnding>> Follower::check_cookie() {
    if (!is_usable_cookie(context_.cookie)) return std::nullopt;
    cookie_ = context_.cookie;
    switch (TRY(Past(context_, messages_).of(cookie_))) {
        case Past::Answer::no_time:
            return SyncEnding::bell;
        case Past::Answer::lost:
            return SyncEnding::start_over;
        case Past::Answer::known:
        case Past::Answer::hidden:
            break;
    }
    return std::nullopt;
}

Result<void> Follower::ask() {
    is_whole_ = cookie_.empty();
    auto value = TRY(write_sync_request(cookie_));
    LDAPControl control{const_cast<char*>(LDAP_CONTROL_SYNC), {value.size(), value.data()}, 1};
    operation_ = TRY(messages_.search(context_.source.base, LDAP_SCOPE_SUBTREE,
                                      context_.reader.filter_with_containers().text(),
                                      context_.reader.attributes(), &control));
    return context_.tell(wire::LdapPhase::refreshing, uri_);
}

bool Follower::is_overdue() const {
    return phase_ == Phase::persist && has_news_ &&
           std::chrono::steady_clock::now() - changed_at_ > longest_wait;
}

Result<std::optional<SyncEnding>> Follower::step() {
    LdapMessage message;
    const bool is_waiting_for_more = phase_ == Phase::persist && has_news_;
    const std::chrono::milliseconds at_most = phase_ == Phase::refresh ? std::chrono::milliseconds(silence)
                                              : is_waiting_for_more    ? std::chrono::milliseconds(quiet)
                                                                    : std::chrono::milliseconds(look_every);
    switch (TRY(messages_.next(operation_, at_most, message))) {
        case Messages::Got::bell:
            return SyncEnding::bell;
        case Messages::Got::message: {
            auto ending = TRY(take(message.get()));
            if (is_overdue()) TRY(settle());
            return ending;
        }
        case Messages::Got::nothing:
            break;
    }
    if (phase_ == Phase::refresh)
        return fail(Errc::unavailable, "{} has been silent for two minutes in the middle of an answer", uri_);
    if (has_news_) TRY(settle());
    return look_around();
}

// Now and then, when there is nothing else to do.
Result<std::optional<SyncEnding>> Follower::look_around() {
    const auto now = std::chrono::steady_clock::now();
    if (now >= ask_at_) {
        ask_at_ = now + ask_every;
        return ask_for_life();
    }
    if (is_first_ || now < look_at_) return std::nullopt;
    look_at_ = now + look_every;
    first_ = context_.first_again();
    return first_ ? std::optional(SyncEnding::first_again) : std::nullopt;
}

// The kernel of a server that hangs goes on to answer ours, and no change would ever come.
Result<std::optional<SyncEnding>> Follower::ask_for_life() {
    const int operation =
        TRY(messages_.search(context_.source.base, LDAP_SCOPE_BASE, "(objectClass=*)", {"1.1"}, nullptr));
    for (;;) {
        LdapMessage message;
        switch (TRY(messages_.next(operation, answer_within, message))) {
            case Messages::Got::bell:
                return SyncEnding::bell;
            case Messages::Got::nothing:
                return fail(Errc::unavailable, "{} does not answer any more", uri_);
            case Messages::Got::message:
                if (ldap_msgtype(message.get()) == LDAP_RES_SEARCH_RESULT) return std::nullopt;
        }
    }
}

Result<std::optional<SyncEnding>> Follower::take(LDAPMessage* message) {
    const int kind = ldap_msgtype(message);
    const bool is_first_word = !has_begun_ && kind != LDAP_RES_SEARCH_RESULT;  // that one may be a refusal
    if (is_first_word) {
        TRY(context_.begin_refresh(is_whole_));
        has_begun_ = true;
    }
    switch (kind) {
        case LDAP_RES_SEARCH_ENTRY:
            return take_entry(message);
        case LDAP_RES_INTERMEDIATE:
            return take_info(message);
        case LDAP_RES_SEARCH_RESULT:
            return take_end(message);
        default:
            return std::nullopt;  // a referral: entries elsewhere are no part of this source
    }
}

// The state of an entry, and the entry itself where it comes with one. Nothing here waits for the core.
Result<SyncState> Follower::read_entry(LDAPMessage* message, LdapControls& controls) {
    const InLibldap timed(messages_.post(), one_entry);
    if (ldap_get_entry_controls(messages_.handle(), message, out(controls)) != LDAP_SUCCESS)
        return fail(Errc::unavailable, "{} sent an entry that is not well formed", uri_);
    const LDAPControl* control = ldap_control_find(LDAP_CONTROL_SYNC_STATE, controls.get(), nullptr);
    const auto state = control == nullptr
                           ? std::nullopt
                           : parse_sync_state({control->ldctl_value.bv_val, control->ldctl_value.bv_len});
    if (!state)
        return fail(Errc::unavailable, "{} sent an entry without the state that RFC 4533 asks for", uri_);
    const bool has_entry = state->kind == SyncState::Kind::add || state->kind == SyncState::Kind::modify;
    if (has_entry && !entry_.read(messages_.handle(), message))
        return fail(Errc::unavailable, "{} sent an entry that is not well formed", uri_);
    return *state;
}

// One that is seen for the first time in a change, or among what changed since the cookie, may have stood
// elsewhere before; one that is added has nobody below it yet.
bool Follower::has_moved(const LdapContainer& container, SyncState::Kind how) {
    const auto seen = containers_.see(container);
    if (seen != Containers::Seen::first) return seen == Containers::Seen::moved;
    return phase_ == Phase::refresh ? !is_whole_ : how == SyncState::Kind::modify;
}

Result<std::optional<SyncEnding>> Follower::take_entry(LDAPMessage* message) {
    LdapControls controls;  // what the state's views point into
    const auto state = TRY(read_entry(message, controls));
    if (state.cookie) cookie_ = *state.cookie;
    if (!has_news_) changed_at_ = std::chrono::steady_clock::now();
    has_news_ = true;
    if (state.kind == SyncState::Kind::present) {
        if (phase_ == Phase::refresh) TRY(context_.batcher.present(state.uuid));
    } else if (state.kind == SyncState::Kind::gone) {
        TRY(context_.batcher.gone(state.uuid));
    } else {
        const auto taken = context_.reader.read(entry_.parts(state.uuid), SystemClock().now());
        const auto* container = std::get_if<LdapContainer>(&taken);
        if (container != nullptr && has_moved(*container, state.kind)) return SyncEnding::start_over;
        TRY(context_.batcher.put(taken, context_.reader));
    }
    return std::nullopt;
}

Result<std::optional<SyncEnding>> Follower::take_info(LDAPMessage* message) {
    LdapText oid;
    LdapBytes data;
    const int code = [&] {
        const InLibldap timed(messages_.post(), one_entry);
        return ldap_parse_intermediate(messages_.handle(), message, out(oid), out(data), nullptr, 0);
    }();
    if (code != LDAP_SUCCESS)
        return fail(Errc::unavailable, "{} sent a message that is not well formed", uri_);
    if (oid == nullptr || data == nullptr || std::string_view(oid.get()) != LDAP_SYNC_INFO)
        return std::nullopt;
    const auto info = parse_sync_info({data->bv_val, data->bv_len});
    if (!info) return fail(Errc::unavailable, "{} sent a message that is not of RFC 4533's form", uri_);
    if (info->cookie) cookie_ = *info->cookie;
    switch (info->kind) {
        case SyncInfo::Kind::new_cookie:
            has_news_ = has_news_ || phase_ == Phase::persist;
            return std::nullopt;
        case SyncInfo::Kind::id_set:
            for (const auto uuid : info->uuids) {
                if (info->are_deleted)
                    TRY(context_.batcher.gone(uuid));
                else if (phase_ == Phase::refresh)
                    TRY(context_.batcher.present(uuid));
            }
            has_news_ = true;
            return std::nullopt;
        case SyncInfo::Kind::refresh_present:
            rest_is_gone_ = true;
            break;
        case SyncInfo::Kind::refresh_delete:
            break;
    }
    if (!info->is_refresh_done || phase_ == Phase::persist) return std::nullopt;
    // OpenLDAP answers a cookie that it cannot read with all content, as if none had been given, and no
    // cookie, or one of its own making: what is gone was not named then.
    if (!is_whole_ && (cookie_.empty() || !are_of_one_making(cookie_, context_.cookie)))
        return SyncEnding::start_over;
    TRY(end_refresh());
    return std::nullopt;
}

Result<void> Follower::end_refresh() {
    // Without a cookie all content comes, however the server calls the end of it (RFC 4533, 3.3.1).
    const bool is_rest = is_whole_ || rest_is_gone_;
    TRY(context_.point(is_rest ? wire::LdapPointKind::refreshed_rest : wire::LdapPointKind::refreshed,
                       cookie_));
    phase_ = Phase::persist;
    has_news_ = false;
    return context_.tell(wire::LdapPhase::following, uri_);
}

Result<void> Follower::settle() {
    has_news_ = false;
    return context_.point(wire::LdapPointKind::change, cookie_);
}

Result<std::optional<SyncEnding>> Follower::take_end(LDAPMessage* message) {
    int code = LDAP_OTHER;
    auto error = messages_.failure(message, "synchronise with " + uri_, &code);
    if (!error) return fail(Errc::unavailable, "{} ended the synchronisation", uri_);
    if (code == LDAP_UNAVAILABLE_CRITICAL_EXTENSION) return SyncEnding::not_offered;
    if (!is_whole_ && means_start_over(code)) return SyncEnding::start_over;
    return fail(std::move(*error));
}

}  // namespace userd::ldap
