// SPDX-License-Identifier: LGPL-2.1-or-later
// The six functions that libpam calls.
#include <security/pam_modules.h>

#include "pam_module/dialogue.h"
#include "pam_module/kept_token.h"
#include "pam_module/options.h"
#include "pam_module/request.h"
#include "pam_module/verdict.h"

#define EXPORT __attribute__((visibility("default")))

namespace userd::pam {
namespace {

constexpr unsigned failure_delay_us = 2'000'000;

// Whether the module before us had another password than the one that is wanted here.
bool was_wrong(const Dialogue& dialogue, int code) {
    return dialogue.used_stacked_password() && (code == PAM_AUTH_ERR || code == PAM_AUTHTOK_ERR);
}

int run(pam_handle_t* pamh, wire::Phase phase, int flags, FirstPass first_pass) {
    wire::Start start;
    if (const int code = collect(pamh, phase, flags, start); code != PAM_SUCCESS) return code;
    Dialogue dialogue(pamh, start, first_pass);
    const int code = dialogue.run();
    const bool try_again = first_pass == FirstPass::try_it && (flags & PAM_UPDATE_AUTHTOK) == 0;
    return try_again && was_wrong(dialogue, code) ? Dialogue(pamh, start, FirstPass::ask).run() : code;
}

int authenticate(pam_handle_t* pamh, int flags, FirstPass first_pass) {
    if (const int code = keep_token(pamh, Kept::login, {}); code != PAM_SUCCESS) return code;
    const int code = run(pamh, wire::Phase::authenticate, flags, first_pass);
    // whoever is not ours fails in the next module, at that one's pace
    if (code != PAM_SUCCESS && code != PAM_USER_UNKNOWN) pam_fail_delay(pamh, failure_delay_us);
    return code;
}

int change_password(pam_handle_t* pamh, int flags, FirstPass first_pass) {
    if ((flags & PAM_PRELIM_CHECK) != 0)
        if (const int code = keep_token(pamh, Kept::change, {}); code != PAM_SUCCESS) return code;
    const int code = run(pamh, wire::Phase::change_password, flags, first_pass);
    if ((flags & PAM_UPDATE_AUTHTOK) != 0) keep_token(pamh, Kept::change, {});  // a proof serves once
    return code;
}

// Sessions decide nothing. What goes wrong is an error of the session, which the shipped stack passes over.
int session(pam_handle_t* pamh, wire::Phase phase, int flags) {
    const int code = run(pamh, phase, flags, FirstPass::ask);
    return code == PAM_SUCCESS || code == PAM_USER_UNKNOWN ? code : PAM_SESSION_ERR;
}

}  // namespace
}  // namespace userd::pam

using namespace userd;

extern "C" {

EXPORT int pam_sm_authenticate(pam_handle_t* pamh, int flags, int argc, const char** argv) {
    return pam::authenticate(pamh, flags, pam::parse_options(pamh, argc, argv));
}

// There are no credentials to set, so there is nothing here that could fail.
EXPORT int pam_sm_setcred(pam_handle_t*, int, int, const char**) {
    return PAM_SUCCESS;
}

EXPORT int pam_sm_acct_mgmt(pam_handle_t* pamh, int flags, int, const char**) {
    return pam::run(pamh, wire::Phase::account, flags, pam::FirstPass::ask);
}

EXPORT int pam_sm_chauthtok(pam_handle_t* pamh, int flags, int argc, const char** argv) {
    return pam::change_password(pamh, flags, pam::parse_options(pamh, argc, argv));
}

EXPORT int pam_sm_open_session(pam_handle_t* pamh, int flags, int, const char**) {
    return pam::session(pamh, wire::Phase::open_session, flags);
}

EXPORT int pam_sm_close_session(pam_handle_t* pamh, int flags, int, const char**) {
    return pam::session(pamh, wire::Phase::close_session, flags);
}

}  // extern "C"
