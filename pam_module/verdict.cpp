// SPDX-License-Identifier: LGPL-2.1-or-later
// A code that a phase does not know may be worth something else there: a stack's `required` takes
// PAM_NEW_AUTHTOK_REQD for a success even in authenticate. So every pair of verdict and phase has its own
// cell, and what makes no sense in a phase denies.
#include "pam_module/verdict.h"

#include <security/_pam_types.h>

namespace userd::pam {
namespace {

struct Row {
    int authenticate;
    int account;
    int change_password;
    int session;
};

// In the order of wire::Verdict.
constexpr Row table[] = {
    /* denied           */ {PAM_AUTH_ERR, PAM_PERM_DENIED, PAM_AUTHTOK_ERR, PAM_SESSION_ERR},
    /* success          */ {PAM_SUCCESS, PAM_SUCCESS, PAM_SUCCESS, PAM_SUCCESS},
    /* auth_err         */ {PAM_AUTH_ERR, PAM_AUTH_ERR, PAM_AUTH_ERR, PAM_SESSION_ERR},
    /* user_unknown     */ {PAM_USER_UNKNOWN, PAM_USER_UNKNOWN, PAM_USER_UNKNOWN, PAM_USER_UNKNOWN},
    /* authinfo_unavail */
    {PAM_AUTHINFO_UNAVAIL, PAM_AUTHINFO_UNAVAIL, PAM_AUTHINFO_UNAVAIL, PAM_SESSION_ERR},
    /* maxtries         */ {PAM_MAXTRIES, PAM_PERM_DENIED, PAM_MAXTRIES, PAM_SESSION_ERR},
    /* acct_expired     */ {PAM_ACCT_EXPIRED, PAM_ACCT_EXPIRED, PAM_PERM_DENIED, PAM_SESSION_ERR},
    /* perm_denied      */ {PAM_PERM_DENIED, PAM_PERM_DENIED, PAM_PERM_DENIED, PAM_SESSION_ERR},
    /* new_authtok_reqd */ {PAM_AUTH_ERR, PAM_NEW_AUTHTOK_REQD, PAM_AUTHTOK_ERR, PAM_SESSION_ERR},
    /* authtok_err      */ {PAM_AUTH_ERR, PAM_PERM_DENIED, PAM_AUTHTOK_ERR, PAM_SESSION_ERR},
    /* try_again        */ {PAM_AUTH_ERR, PAM_PERM_DENIED, PAM_TRY_AGAIN, PAM_SESSION_ERR},
    /* system_err       */ {PAM_SYSTEM_ERR, PAM_SYSTEM_ERR, PAM_SYSTEM_ERR, PAM_SESSION_ERR},
    /* session_err      */ {PAM_AUTH_ERR, PAM_PERM_DENIED, PAM_AUTHTOK_ERR, PAM_SESSION_ERR},
};
static_assert(sizeof table / sizeof table[0] == wire::verdict_count);

}  // namespace

int code_of(wire::Verdict verdict, wire::Phase phase) {
    const auto index = static_cast<std::uint8_t>(verdict);
    const Row& row = table[index < wire::verdict_count ? index : 0];
    switch (phase) {
        case wire::Phase::authenticate:
            return row.authenticate;
        case wire::Phase::account:
            return row.account;
        case wire::Phase::change_password:
            return row.change_password;
        case wire::Phase::open_session:
        case wire::Phase::close_session:
            return row.session;
    }
    return PAM_SYSTEM_ERR;
}

}  // namespace userd::pam
