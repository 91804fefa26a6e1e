// SPDX-License-Identifier: LGPL-2.1-or-later
// One login through PAM, with a password and a one-time code.
#pragma once

#include <fmt/core.h>
#include <security/pam_appl.h>

#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>

extern "C" {
#include <liboath/oath.h>
}

namespace userd::bench {

struct Typist {
    const char* password;
    std::string code;
};

inline int answer(int count, const pam_message** messages, pam_response** responses, void* data) {
    const auto* typist = static_cast<Typist*>(data);
    auto* made =
        static_cast<pam_response*>(std::calloc(static_cast<std::size_t>(count), sizeof(pam_response)));
    for (int i = 0; i < count; ++i) {
        if (messages[i]->msg_style != PAM_PROMPT_ECHO_OFF) continue;
        const bool code = std::strstr(messages[i]->msg, "code") != nullptr;
        made[i].resp = strdup(code ? typist->code.c_str() : typist->password);
    }
    *responses = made;
    return PAM_SUCCESS;
}

// Ends the program when it is refused.
inline void log_in(const char* service, const std::string& user, Typist& typist) {
    const pam_conv conversation{answer, &typist};
    pam_handle_t* pamh = nullptr;
    int code = pam_start(service, user.c_str(), &conversation, &pamh);
    if (code == PAM_SUCCESS) code = pam_authenticate(pamh, 0);
    if (code == PAM_SUCCESS) code = pam_acct_mgmt(pamh, 0);
    if (code != PAM_SUCCESS) {
        fmt::print(stderr, "{} as {}: {}\n", service, user, pam_strerror(pamh, code));
        std::exit(1);
    }
    pam_end(pamh, code);
}

inline std::string code_now(const char* base32) {
    char* key = nullptr;
    std::size_t size = 0;
    char code[16] = {};
    oath_base32_decode(base32, std::strlen(base32), &key, &size);
    oath_totp_generate(key, size, std::time(nullptr), 30, 0, 6, code);
    std::free(key);
    return code;
}

}  // namespace userd::bench
