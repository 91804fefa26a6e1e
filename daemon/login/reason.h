// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string_view>

namespace userd {

// Why a login went as it did. The words are stable: audit trail, journal, userctl explain and userctl log.
enum class Reason {
    none,  // nothing speaks against it
    unknown_user,
    no_password,
    bad_password,
    bad_code,
    code_reused,
    locked_out,
    suspended,
    pending,
    expired,
    not_yet,
    not_allowed,
    outside_hours,
    mfa_missing,
    must_change,
    not_confined,
    collides,
    self_closed,
    ldap_unreachable,
    busy,
    internal,
};

constexpr std::string_view to_text(Reason reason) {
    switch (reason) {
        case Reason::none:
            return "";
        case Reason::unknown_user:
            return "unknown-user";
        case Reason::no_password:
            return "no-password";
        case Reason::bad_password:
            return "bad-password";
        case Reason::bad_code:
            return "bad-code";
        case Reason::code_reused:
            return "code-reused";
        case Reason::locked_out:
            return "locked-out";
        case Reason::suspended:
            return "suspended";
        case Reason::pending:
            return "pending";
        case Reason::expired:
            return "expired";
        case Reason::not_yet:
            return "not-yet";
        case Reason::not_allowed:
            return "not-allowed";
        case Reason::outside_hours:
            return "outside-hours";
        case Reason::mfa_missing:
            return "mfa-missing";
        case Reason::must_change:
            return "must-change";
        case Reason::not_confined:
            return "not-confined";
        case Reason::collides:
            return "collides";
        case Reason::self_closed:
            return "self-closed";
        case Reason::ldap_unreachable:
            return "ldap-unreachable";
        case Reason::busy:
            return "busy";
        case Reason::internal:
            return "internal";
    }
    return "internal";
}

}  // namespace userd
