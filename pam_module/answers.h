// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <security/pam_modules.h>

#include "common/wire/login.h"
#include "pam_module/conversation.h"
#include "pam_module/options.h"
#include "pam_module/secret_text.h"

namespace userd::pam {

// Where answers come from: passwords from the module before us, if the arguments want it or it is the new one
// that pwquality already asked for; all else from the person. A password from before is offered once.
class Answers {
 public:
    // `start` must outlive it.
    Answers(pam_handle_t* pamh, const wire::Start& start, FirstPass first_pass);

    // PAM_SUCCESS with the answer; PAM_CONV_ERR; or the phase's denial, where asking is forbidden.
    int find(const wire::Step& prompt, SecretText& answer);

    // Whether a password that was used is empty: then a success would be a mistake.
    bool rest_on_empty_password() const;
    bool used_stacked_password() const { return stacked_password_.used; }

    // After a success: PAM_AUTHTOK and PAM_OLDAUTHTOK for the modules after us. PAM_SUCCESS or PAM_BUF_ERR.
    int hand_on() const;

 private:
    // A password that a module before us left in a PAM item.
    struct Stacked {
        int item;
        bool offered = false;
        bool used = false;
    };
    int find_password(const wire::Step& prompt, SecretText& answer);
    int find_new_password(const wire::Step& prompt, SecretText& answer);
    bool take(Stacked& stacked, SecretText& answer);
    bool is_change() const { return start_.phase == wire::Phase::change_password; }
    bool has(std::uint32_t flag) const { return (start_.flags & flag) != 0; }

    pam_handle_t* pamh_;
    const wire::Start& start_;
    FirstPass first_pass_;
    Conversation conversation_;
    Stacked stacked_password_;
    Stacked stacked_new_password_;
    SecretText password_;
    SecretText new_password_;
    bool new_password_is_stacked_ = false;
    bool code_in_password_ = false;
};

}  // namespace userd::pam
