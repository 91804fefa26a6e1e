// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <security/pam_modules.h>

#include <string_view>

#include "common/wire/login.h"
#include "pam_module/secret_text.h"

namespace userd::pam {

// The application's conversation function, one message a call: many applications mishandle more.
class Conversation {
 public:
    Conversation(pam_handle_t* pamh, bool silent) : pamh_(pamh), silent_(silent) {}

    // Shows a text, unless PAM_SILENT. Whether anybody saw it decides nothing: cron has nobody to show it to.
    void tell(const wire::Step& step) const;

    // PAM_SUCCESS with what the person typed, or PAM_CONV_ERR: no conversation, no answer, or one that is too
    // long.
    int ask(const wire::Step& step, SecretText& answer) const;

 private:
    pam_handle_t* pamh_;
    bool silent_;
};

}  // namespace userd::pam
