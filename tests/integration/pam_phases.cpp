// SPDX-License-Identifier: LGPL-2.1-or-later
// An application that uses PAM, for tables of results: prints what each phase came to, by PAM's own names.
//
//     pam_phases [--from ADDRESS] [--uid N] [--key] SERVICE USER PHASE…
//
// Phases: authenticate, account, change, change-expired, credentials, open, close. After one that failed
// there is none; a password that must be changed is no failure. Each prompt takes the next line of standard
// input; without one the conversation is broken. What the person is shown goes to standard error. --uid: the
// caller's real uid, the effective one stays root's, as passwd(1) has it. --key: sshd has checked a public
// key. pamtester names no codes and sleeps after each failure, as a login should; here nobody sleeps.
#include <security/pam_appl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <iostream>
#include <string>
#include <string_view>
#include <vector>

namespace {

struct Options {
    const char* from = nullptr;
    bool key = false;
    std::vector<const char*> words;  // service, user, phases
};

// In the order of PAM's numbers.
constexpr const char* codes[] = {"SUCCESS",
                                 "OPEN_ERR",
                                 "SYMBOL_ERR",
                                 "SERVICE_ERR",
                                 "SYSTEM_ERR",
                                 "BUF_ERR",
                                 "PERM_DENIED",
                                 "AUTH_ERR",
                                 "CRED_INSUFFICIENT",
                                 "AUTHINFO_UNAVAIL",
                                 "USER_UNKNOWN",
                                 "MAXTRIES",
                                 "NEW_AUTHTOK_REQD",
                                 "ACCT_EXPIRED",
                                 "SESSION_ERR",
                                 "CRED_UNAVAIL",
                                 "CRED_EXPIRED",
                                 "CRED_ERR",
                                 "NO_MODULE_DATA",
                                 "CONV_ERR",
                                 "AUTHTOK_ERR",
                                 "AUTHTOK_RECOVERY_ERR",
                                 "AUTHTOK_LOCK_BUSY",
                                 "AUTHTOK_DISABLE_AGING",
                                 "TRY_AGAIN",
                                 "IGNORE",
                                 "ABORT",
                                 "AUTHTOK_EXPIRED",
                                 "MODULE_UNKNOWN",
                                 "BAD_ITEM",
                                 "CONV_AGAIN",
                                 "INCOMPLETE"};
static_assert(PAM_SUCCESS == 0 && PAM_AUTH_ERR == 7 && PAM_CONV_ERR == 19 && PAM_IGNORE == 25 &&
              PAM_INCOMPLETE == 31);

const char* name_of(int code) {
    return code >= 0 && code <= PAM_INCOMPLETE ? codes[code] : "(no code of PAM)";
}

int converse(int count, const pam_message** messages, pam_response** responses, void*) {
    auto* given = static_cast<pam_response*>(calloc(static_cast<std::size_t>(count), sizeof(pam_response)));
    if (given == nullptr) return PAM_BUF_ERR;
    for (int i = 0; i < count; ++i) {
        const int style = messages[i]->msg_style;
        std::cerr << messages[i]->msg << '\n';
        if (style == PAM_TEXT_INFO || style == PAM_ERROR_MSG) continue;
        std::string answer;
        if (!std::getline(std::cin, answer)) {
            for (int done = 0; done < i; ++done) free(given[done].resp);
            free(given);
            return PAM_CONV_ERR;
        }
        given[i].resp = strdup(answer.c_str());
    }
    *responses = given;
    return PAM_SUCCESS;
}

void sleep_not(int, unsigned, void*) {}

int run(pam_handle_t* pamh, std::string_view phase) {
    if (phase == "authenticate") return pam_authenticate(pamh, 0);
    if (phase == "account") return pam_acct_mgmt(pamh, 0);
    if (phase == "change") return pam_chauthtok(pamh, 0);
    if (phase == "change-expired") return pam_chauthtok(pamh, PAM_CHANGE_EXPIRED_AUTHTOK);
    if (phase == "credentials") return pam_setcred(pamh, PAM_ESTABLISH_CRED);
    if (phase == "open") return pam_open_session(pamh, 0);
    if (phase == "close") return pam_close_session(pamh, 0);
    std::cerr << "pam_phases: no phase: " << phase << '\n';
    exit(2);
}

Options parse(int argc, char** argv) {
    Options options;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        if (word == "--key")
            options.key = true;
        else if (word == "--from" && i + 1 < argc)
            options.from = argv[++i];
        else if (word == "--uid" && i + 1 < argc) {
            if (setresuid(static_cast<uid_t>(strtoul(argv[++i], nullptr, 10)), 0, 0) != 0) exit(2);
        } else
            options.words.push_back(argv[i]);
    }
    return options;
}

}  // namespace

int main(int argc, char** argv) {
    const Options options = parse(argc, argv);
    if (options.words.size() < 3) {
        std::cerr << "pam_phases [--from ADDRESS] [--uid N] [--key] SERVICE USER PHASE…\n";
        return 2;
    }
    const pam_conv conversation{converse, nullptr};
    pam_handle_t* pamh = nullptr;
    if (pam_start(options.words[0], options.words[1], &conversation, &pamh) != PAM_SUCCESS) return 2;
    pam_set_item(pamh, PAM_FAIL_DELAY, reinterpret_cast<const void*>(sleep_not));
    if (options.from != nullptr) pam_set_item(pamh, PAM_RHOST, options.from);
    if (options.key) pam_putenv(pamh, "SSH_AUTH_INFO_0=publickey ssh-ed25519 AAAA\n");
    int code = PAM_SUCCESS;
    for (std::size_t i = 2; i < options.words.size(); ++i) {
        code = run(pamh, options.words[i]);
        std::cout << (i == 2 ? "" : " ") << name_of(code);
        if (code != PAM_SUCCESS && code != PAM_NEW_AUTHTOK_REQD) break;
    }
    std::cout << '\n';
    pam_end(pamh, code);
    return code == PAM_SUCCESS ? 0 : 1;
}
