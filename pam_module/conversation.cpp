// SPDX-License-Identifier: LGPL-2.1-or-later
// Trusts the application with nothing: it may have no conversation, report success and answer nothing, or
// answer what was only shown. The answer's memory is ours to wipe and free (pam_conv(3)).
#include "pam_module/conversation.h"

#include <security/pam_appl.h>
#include <stdlib.h>

namespace userd::pam {
namespace {

// The single response to a single message.
class Response {
 public:
    Response() = default;
    Response(const Response&) = delete;
    Response& operator=(const Response&) = delete;
    ~Response() {
        if (response_ == nullptr) return;
        if (response_->resp != nullptr) {
            explicit_bzero(response_->resp, strlen(response_->resp));
            free(response_->resp);
        }
        free(response_);
    }

    bool converse(pam_handle_t* pamh, int style, std::string_view text) {
        char line[wire::max_step_text + 1];
        memcpy(line, text.data(), text.size());
        line[text.size()] = '\0';
        const void* item = nullptr;
        if (pam_get_item(pamh, PAM_CONV, &item) != PAM_SUCCESS || item == nullptr) return false;
        const auto* conversation = static_cast<const pam_conv*>(item);
        if (conversation->conv == nullptr) return false;
        const pam_message message = {style, line};
        const pam_message* messages = &message;
        const int code = conversation->conv(1, &messages, &response_, conversation->appdata_ptr);
        if (code == PAM_SUCCESS) return true;
        response_ = nullptr;  // undefined after a failure
        return false;
    }

    const char* text() const { return response_ != nullptr ? response_->resp : nullptr; }

 private:
    pam_response* response_ = nullptr;
};

}  // namespace

void Conversation::tell(const wire::Step& step) const {
    if (silent_) return;
    Response none;
    none.converse(pamh_, step.kind == wire::StepKind::error ? PAM_ERROR_MSG : PAM_TEXT_INFO, step.text);
}

int Conversation::ask(const wire::Step& step, SecretText& answer) const {
    const int style = step.kind == wire::StepKind::ask_visible ? PAM_PROMPT_ECHO_ON : PAM_PROMPT_ECHO_OFF;
    Response response;
    if (!response.converse(pamh_, style, step.text) || response.text() == nullptr) return PAM_CONV_ERR;
    return answer.assign(response.text()) ? PAM_SUCCESS : PAM_CONV_ERR;
}

}  // namespace userd::pam
