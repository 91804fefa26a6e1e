// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <security/pam_modules.h>

#include "common/wire/login.h"
#include "pam_module/answers.h"
#include "pam_module/channel.h"
#include "pam_module/conversation.h"

namespace userd::pam {

// One dialogue with the daemon over a connection of its own: shows what it says, returns what the person
// typed, passes on the verdict, and knows nothing else.
class Dialogue {
 public:
    // `start` must outlive it.
    Dialogue(pam_handle_t* pamh, const wire::Start& start, FirstPass first_pass);

    // The phase's PAM code. On success the token is kept and the passwords are handed on.
    int run();
    bool used_stacked_password() const { return answers_.used_stacked_password(); }

 private:
    int converse(Channel& channel, wire::FrameBuffer& buffer);
    std::optional<int> take_turn(Channel& channel, wire::FrameBuffer& buffer, const wire::Steps& steps);
    int conclude(wire::Verdict verdict, std::string_view token);
    int failed(Fault fault) const;
    int nonsense() const;

    pam_handle_t* pamh_;
    const wire::Start& start_;
    Conversation conversation_;
    Answers answers_;
};

}  // namespace userd::pam
