// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pam_module/answers.h"

#include "pam_module/verdict.h"

namespace userd::pam {
namespace {

bool is_empty(const SecretText& text) {
    return text.present() && text.view().empty();
}

}  // namespace

Answers::Answers(pam_handle_t* pamh, const wire::Start& start, FirstPass first_pass)
    : pamh_(pamh),
      start_(start),
      first_pass_(first_pass),
      conversation_(pamh, has(wire::flag_silent)),
      stacked_password_{is_change() ? PAM_OLDAUTHTOK : PAM_AUTHTOK},
      stacked_new_password_{PAM_AUTHTOK} {}

int Answers::find(const wire::Step& prompt, SecretText& answer) {
    if (prompt.asks == wire::Ask::password) return find_password(prompt, answer);
    if (prompt.asks == wire::Ask::new_password) return find_new_password(prompt, answer);
    if (prompt.asks == wire::Ask::new_password_again && new_password_is_stacked_)
        return answer.assign(new_password_.view()) ? PAM_SUCCESS : PAM_BUF_ERR;
    const int code = conversation_.ask(prompt, answer);
    // sshd's password method answers every prompt with the same string: then it is password and code in one
    if (code == PAM_SUCCESS && prompt.asks == wire::Ask::code)
        code_in_password_ = password_.present() && answer.view() == password_.view();
    return code;
}

int Answers::find_password(const wire::Step& prompt, SecretText& answer) {
    const bool wanted = first_pass_ != FirstPass::ask || has(wire::flag_update);
    if (!wanted || !take(stacked_password_, answer)) {
        if (first_pass_ == FirstPass::use_only) return code_of(wire::Verdict::denied, start_.phase);
        if (const int code = conversation_.ask(prompt, answer); code != PAM_SUCCESS) return code;
    }
    return password_.assign(answer.view()) ? PAM_SUCCESS : PAM_BUF_ERR;
}

int Answers::find_new_password(const wire::Step& prompt, SecretText& answer) {
    new_password_is_stacked_ = take(stacked_new_password_, answer);
    if (!new_password_is_stacked_) {
        if (first_pass_ == FirstPass::use_only) return code_of(wire::Verdict::denied, start_.phase);
        if (const int code = conversation_.ask(prompt, answer); code != PAM_SUCCESS) return code;
    }
    return new_password_.assign(answer.view()) ? PAM_SUCCESS : PAM_BUF_ERR;
}

bool Answers::take(Stacked& stacked, SecretText& answer) {
    const void* text = nullptr;
    if (stacked.offered || pam_get_item(pamh_, stacked.item, &text) != PAM_SUCCESS || text == nullptr)
        return false;
    stacked.offered = true;
    stacked.used = answer.assign(static_cast<const char*>(text));
    return stacked.used;
}

bool Answers::rest_on_empty_password() const {
    return is_empty(password_) || is_empty(new_password_);
}

int Answers::hand_on() const {
    int code = PAM_SUCCESS;
    if (password_.present() && !code_in_password_)
        code = pam_set_item(pamh_, stacked_password_.item, password_.c_str());
    if (code == PAM_SUCCESS && new_password_.present())
        code = pam_set_item(pamh_, PAM_AUTHTOK, new_password_.c_str());
    return code == PAM_SUCCESS ? PAM_SUCCESS : PAM_BUF_ERR;
}

}  // namespace userd::pam
