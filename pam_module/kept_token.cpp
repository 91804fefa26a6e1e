// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pam_module/kept_token.h"

#include <stdlib.h>
#include <string.h>

#include "common/wire/login.h"

namespace userd::pam {
namespace {

struct Token {
    char bytes[wire::token_size];
};

const char* name_of(Kept which) {
    return which == Kept::login ? "userd_login_token" : "userd_change_token";
}

void wipe_and_free(pam_handle_t*, void* data, int) {
    if (data == nullptr) return;
    explicit_bzero(data, sizeof(Token));
    free(data);
}

}  // namespace

int keep_token(pam_handle_t* pamh, Kept which, std::string_view token) {
    if (token.size() != wire::token_size) {
        if (kept_token(pamh, which).empty()) return PAM_SUCCESS;
        return pam_set_data(pamh, name_of(which), nullptr, wipe_and_free) == PAM_SUCCESS ? PAM_SUCCESS
                                                                                         : PAM_BUF_ERR;
    }
    auto* copy = static_cast<Token*>(malloc(sizeof(Token)));
    if (copy == nullptr) return PAM_BUF_ERR;
    memcpy(copy->bytes, token.data(), sizeof copy->bytes);
    if (pam_set_data(pamh, name_of(which), copy, wipe_and_free) == PAM_SUCCESS) return PAM_SUCCESS;
    wipe_and_free(pamh, copy, 0);
    return PAM_BUF_ERR;
}

std::string_view kept_token(const pam_handle_t* pamh, Kept which) {
    const void* data = nullptr;
    if (pam_get_data(pamh, name_of(which), &data) != PAM_SUCCESS || data == nullptr) return {};
    return {static_cast<const Token*>(data)->bytes, wire::token_size};
}

}  // namespace userd::pam
