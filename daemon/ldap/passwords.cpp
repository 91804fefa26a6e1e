// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/ldap/passwords.h"

#include <ldap.h>

#include <algorithm>
#include <optional>

#include "common/base/text.h"

namespace userd::ldap {
namespace {

using wire::LdapAnswer;

constexpr auto spare = std::chrono::seconds(20);  // beyond the deadline: only a hang takes so long

// Its text for a bind that failed ends in the code of Windows: "… AcceptSecurityContext error, data 775,
// v4563".
std::optional<LdapAnswer> answer_of_ad(std::string_view text) {
    const std::size_t at = text.find(", data ");
    if (at == text.npos || text.find("AcceptSecurityContext") == text.npos) return std::nullopt;
    const std::string_view code = text.substr(at + 7, text.find_first_of(", ", at + 7) - at - 7);
    if (code == "532") return LdapAnswer::expired;
    if (code == "533") return LdapAnswer::disabled;
    if (code == "701") return LdapAnswer::disabled;  // the account's end
    if (code == "773") return LdapAnswer::must_change;
    if (code == "775") return LdapAnswer::locked;
    return std::nullopt;
}

std::uint32_t seconds_or_none(int value) {
    return value > 0 ? static_cast<std::uint32_t>(value) : 0;
}

// Null: transport, and the next server may know.
bool is_no_answer(int code) {
    switch (code) {
        case LDAP_BUSY:
        case LDAP_UNAVAILABLE:
        case LDAP_SERVER_DOWN:
        case LDAP_CONNECT_ERROR:
        case LDAP_TIMEOUT:
        case LDAP_DECODING_ERROR:
        case LDAP_LOCAL_ERROR:
        case LDAP_REFERRAL:  // a replica that does not take changes
            return true;
        default:
            return false;
    }
}

LdapAnswer answer_of_refused_bind(int code, const PolicyWords& words, std::string_view text) {
    if (words.error == PP_accountLocked) return LdapAnswer::locked;
    if (words.error == PP_passwordExpired) return LdapAnswer::expired;
    switch (code) {
        case LDAP_INVALID_CREDENTIALS:
            return answer_of_ad(text).value_or(LdapAnswer::invalid);
        case LDAP_NO_SUCH_OBJECT:
        case LDAP_INVALID_DN_SYNTAX:
        case LDAP_INAPPROPRIATE_AUTH:  // the entry has no password
        case LDAP_INSUFFICIENT_ACCESS:
            return LdapAnswer::invalid;
        case LDAP_UNWILLING_TO_PERFORM:  // 389 DS of an account that is inactivated
            return LdapAnswer::disabled;
        case LDAP_CONSTRAINT_VIOLATION:  // 389 DS after too many tries
            return LdapAnswer::locked;
        default:
            return LdapAnswer::unreachable;  // it judged nothing: an offline verifier may stand in
    }
}

PolicyWords read_policy(LDAP* handle, LDAPControl** controls) {
    PolicyWords words;
    LDAPControl* control = controls == nullptr
                               ? nullptr
                               : ldap_control_find(LDAP_CONTROL_PASSWORDPOLICYRESPONSE, controls, nullptr);
    ber_int_t expires = -1, grace = -1;
    LDAPPasswordPolicyError error = PP_noError;
    if (control == nullptr ||
        ldap_parse_passwordpolicy_control(handle, control, &expires, &grace, &error) != LDAP_SUCCESS)
        return words;
    words.expires_in = expires;
    words.grace_logins = grace;
    if (error != PP_noError) words.error = error;
    return words;
}

struct Spoken {
    int code = LDAP_OTHER;
    PolicyWords words;
    std::string text;
};

// The answer to an operation, with all that comes beside it.
Spoken hear(LDAP* handle, int operation, SteadyTime until) {
    Spoken spoken;
    const auto left =
        std::max(until - std::chrono::steady_clock::now(), std::chrono::steady_clock::duration::zero());
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(left).count();
    timeval patience{.tv_sec = us / 1'000'000, .tv_usec = us % 1'000'000};
    LdapMessage message;
    const int kind = ldap_result(handle, operation, LDAP_MSG_ALL, &patience, out(message));
    if (kind <= 0) {
        spoken.code = kind == 0 ? LDAP_TIMEOUT : LDAP_SERVER_DOWN;
        return spoken;
    }
    LdapControls controls;
    LdapText text;
    const int parsed =
        ldap_parse_result(handle, message.get(), &spoken.code, nullptr, out(text), nullptr, out(controls), 0);
    if (parsed != LDAP_SUCCESS) spoken.code = parsed;
    if (text != nullptr) spoken.text = escaped(std::string_view(text.get()).substr(0, 300));
    spoken.words = read_policy(handle, controls.get());
    return spoken;
}

Spoken bind(LDAP* handle, const std::string& dn, const Secret& password, SteadyTime until) {
    LdapControl policy;
    if (ldap_create_passwordpolicy_control(handle, out(policy)) != LDAP_SUCCESS) return {};
    LDAPControl* controls[] = {policy.get(), nullptr};
    berval secret{password.size(), const_cast<char*>(password.text().data())};
    int operation = 0;
    const int code =
        ldap_sasl_bind(handle, dn.c_str(), LDAP_SASL_SIMPLE, &secret, controls, nullptr, &operation);
    if (code != LDAP_SUCCESS) return {code, {}, {}};
    return hear(handle, operation, until);
}

// RFC 3062. Null for the old password: the connection is bound with it.
Spoken modify(LDAP* handle, const std::string& dn, const Secret* old_password, const Secret& new_password,
              SteadyTime until) {
    LdapControl policy;
    if (ldap_create_passwordpolicy_control(handle, out(policy)) != LDAP_SUCCESS) return {};
    LDAPControl* controls[] = {policy.get(), nullptr};
    berval user{dn.size(), const_cast<char*>(dn.data())};
    berval after{new_password.size(), const_cast<char*>(new_password.text().data())};
    berval before{};
    if (old_password != nullptr)
        before = {old_password->size(), const_cast<char*>(old_password->text().data())};
    int operation = 0;
    const int code = ldap_passwd(handle, &user, old_password != nullptr ? &before : nullptr, &after, controls,
                                 nullptr, &operation);
    if (code != LDAP_SUCCESS) return {code, {}, {}};
    return hear(handle, operation, until);
}

// Active Directory's way, [MS-ADTS] 3.1.1.3.1.5: the old value goes, the new one comes. It knows no RFC 3062.
Spoken modify_unicode(LDAP* handle, const std::string& dn, const Secret& old_password,
                      const Secret& new_password, SteadyTime until) {
    auto before = unicode_password(old_password), after = unicode_password(new_password);
    if (before.empty() || after.empty()) return {LDAP_CONSTRAINT_VIOLATION, {}, "a password is text"};
    berval old_value{before.size(), reinterpret_cast<char*>(before.data())};
    berval new_value{after.size(), reinterpret_cast<char*>(after.data())};
    berval *old_values[] = {&old_value, nullptr}, *new_values[] = {&new_value, nullptr};
    const auto attribute = const_cast<char*>("unicodePwd");
    LDAPMod goes{LDAP_MOD_DELETE | LDAP_MOD_BVALUES, attribute, {.modv_bvals = old_values}};
    LDAPMod comes{LDAP_MOD_ADD | LDAP_MOD_BVALUES, attribute, {.modv_bvals = new_values}};
    LDAPMod* changes[] = {&goes, &comes, nullptr};
    int operation = 0;
    const int code = ldap_modify_ext(handle, dn.c_str(), changes, nullptr, nullptr, &operation);
    if (code != LDAP_SUCCESS) return {code, {}, {}};
    return hear(handle, operation, until);
}

}  // namespace

Secret unicode_password(const Secret& password) {
    const std::string_view text = password.text();
    if (!is_utf8(text)) return {};
    auto out = Secret::with_size(2 * text.size() + 4);
    std::size_t used = 0;
    const auto put = [&](std::uint32_t unit) {
        out.data()[used++] = static_cast<std::uint8_t>(unit);
        out.data()[used++] = static_cast<std::uint8_t>(unit >> 8);
    };
    put('"');
    for (std::size_t i = 0; i < text.size();) {
        const auto first = static_cast<unsigned char>(text[i++]);
        const unsigned more = first < 0x80 ? 0 : first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
        std::uint32_t code = more == 0 ? first : first & (0x3FU >> more);
        for (unsigned j = 0; j < more; ++j)
            code = code << 6 | (static_cast<unsigned char>(text[i++]) & 0x3FU);
        if (code >= 0x10000) {
            put(0xD800 + ((code - 0x10000) >> 10));
            put(0xDC00 + (code & 0x3FF));
        } else {
            put(code);
        }
    }
    put('"');
    out.shrink(used);
    return out;
}

PasswordTold verdict_of_bind(int code, const PolicyWords& words, std::string_view server_text) {
    PasswordTold told{.answer = LdapAnswer::ok,
                      .text = {},
                      .expires_in = seconds_or_none(words.expires_in),
                      .grace_logins = seconds_or_none(words.grace_logins)};
    if (code != LDAP_SUCCESS) {
        told.answer = answer_of_refused_bind(code, words, server_text);
        told.text = server_text.empty() ? ldap_err2string(code) : std::string(server_text);
    } else if (words.error == PP_changeAfterReset) {
        told.answer = LdapAnswer::must_change;
    } else if (words.error == PP_accountLocked) {
        told.answer = LdapAnswer::locked;
    } else if (words.error == PP_passwordExpired && words.grace_logins <= 0) {
        told.answer = LdapAnswer::expired;
    }
    return told;
}

PasswordTold verdict_of_change(int code, const PolicyWords& words, std::string_view server_text) {
    PasswordTold told{.answer = LdapAnswer::ok, .text = {}, .expires_in = 0, .grace_logins = 0};
    if (code == LDAP_SUCCESS) return told;
    told.answer = LdapAnswer::refused;
    told.text = server_text.empty() ? ldap_err2string(code) : std::string(server_text);
    if (server_text.empty() && words.error >= 0)
        told.text = ldap_passwordpolicy_err2txt(static_cast<LDAPPasswordPolicyError>(words.error));
    return told;
}

template <typename Ask>
PasswordTold Passwords::ask_each(SteadyTime until, Overseer::Post& post, const Ask& ask) {
    PasswordTold told;
    const auto indices = servers_.order(std::chrono::steady_clock::now());
    for (std::size_t i = 0; i < indices.size(); ++i) {
        const auto now = std::chrono::steady_clock::now();
        if (now >= until) break;
        // One that swallows everything leaves time for the next.
        const auto share = now + (until - now) / static_cast<int>(indices.size() - i);
        const InLibldap timed(post, std::chrono::ceil<std::chrono::milliseconds>(share - now) + spare);
        auto connection = Connection::open(source_, servers_[indices[i]], share);
        if (!connection) {
            servers_.failed(indices[i], std::chrono::steady_clock::now());
            if (told.text.empty()) told.text = connection.error().message;
            continue;
        }
        const auto answered = ask(*connection, share);
        if (answered) {
            servers_.answered(indices[i]);
            return *answered;
        }
        if (told.text.empty()) told.text = servers_[indices[i]].uri + " gave no answer";
    }
    return told;
}

PasswordTold Passwords::check(std::string_view dn, const Secret& password, SteadyTime until,
                              Overseer::Post& post) {
    if (dn.empty() || password.empty()) return {LdapAnswer::invalid, "an empty password is none", 0, 0};
    const std::string name(dn);
    return ask_each(until, post, [&](Connection& server, SteadyTime share) -> std::optional<PasswordTold> {
        const auto spoken = bind(server.handle(), name, password, share);
        if (is_no_answer(spoken.code)) return std::nullopt;
        return verdict_of_bind(spoken.code, spoken.words, spoken.text);
    });
}

PasswordTold Passwords::change(std::string_view dn, const Secret& old_password, const Secret& new_password,
                               SteadyTime until, Overseer::Post& post) {
    if (dn.empty() || old_password.empty() || new_password.empty())
        return {LdapAnswer::invalid, "an empty password is none", 0, 0};
    const std::string name(dn);
    const bool is_ad = source_.schema == LdapSource::Schema::ad;
    return ask_each(until, post, [&](Connection& server, SteadyTime share) -> std::optional<PasswordTold> {
        LDAP* handle = server.handle();
        const auto bound = bind(handle, name, old_password, share);
        if (is_no_answer(bound.code)) return std::nullopt;
        const auto told = verdict_of_bind(bound.code, bound.words, bound.text);
        if (told.answer != LdapAnswer::ok && told.answer != LdapAnswer::must_change) return told;
        // Whoever has to change it is not let in before, but anybody may change it who knows the old one.
        if (is_ad && bound.code != LDAP_SUCCESS)
            if (const auto served = server.bind_service(source_); !served)
                return PasswordTold{LdapAnswer::refused, served.error().message, 0, 0};
        if (is_ad) {
            const auto changed = modify_unicode(handle, name, old_password, new_password, share);
            if (is_no_answer(changed.code)) return std::nullopt;
            return verdict_of_change(changed.code, changed.words, changed.text);
        }
        // The old password again, for policies that ask for it (pwdSafeModify); slapd cannot compare it where
        // its rules let a user write a password and not use it ("by self =w").
        auto changed = modify(handle, name, &old_password, new_password, share);
        if (changed.code == LDAP_UNWILLING_TO_PERFORM)
            changed = modify(handle, name, nullptr, new_password, share);
        if (is_no_answer(changed.code)) return std::nullopt;
        return verdict_of_change(changed.code, changed.words, changed.text);
    });
}

}  // namespace userd::ldap
