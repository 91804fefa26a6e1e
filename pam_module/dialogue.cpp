// SPDX-License-Identifier: LGPL-2.1-or-later
// Only conclude() can return PAM_SUCCESS for a phase, and only for the daemon's own word. The frames' one
// buffer serves both directions and is wiped on every way out.
#include "pam_module/dialogue.h"

#include <security/pam_ext.h>
#include <syslog.h>

#include "pam_module/kept_token.h"
#include "pam_module/limits.h"
#include "pam_module/verdict.h"

namespace userd::pam {

Dialogue::Dialogue(pam_handle_t* pamh, const wire::Start& start, FirstPass first_pass)
    : pamh_(pamh),
      start_(start),
      conversation_(pamh, (start.flags & wire::flag_silent) != 0),
      answers_(pamh, start, first_pass) {}

int Dialogue::run() {
    wire::FrameBuffer buffer;
    const std::size_t size = wire::encode(buffer.span(), start_);
    if (size == 0) return PAM_BUF_ERR;
    Channel channel;
    Fault fault = channel.open();
    if (fault == Fault::none) fault = channel.send({buffer.bytes, size});
    return fault == Fault::none ? converse(channel, buffer) : failed(fault);
}

int Dialogue::converse(Channel& channel, wire::FrameBuffer& buffer) {
    std::uint64_t dialogue = 0;
    for (std::uint32_t turn = 0; turn < wire::max_turns; ++turn) {
        std::string_view frame;
        if (const Fault fault = channel.receive(buffer.span(), frame); fault != Fault::none)
            return failed(fault);
        const auto steps = wire::decode_steps(frame);
        if (!steps || steps->turn != turn || (turn > 0 && steps->dialogue != dialogue)) break;
        dialogue = steps->dialogue;
        if (const auto code = take_turn(channel, buffer, *steps)) return *code;
    }
    return nonsense();
}

// Shows, asks, and sends the answers, if any. The phase's code, if that ends it.
std::optional<int> Dialogue::take_turn(Channel& channel, wire::FrameBuffer& buffer,
                                       const wire::Steps& steps) {
    SecretText texts[wire::max_prompts];
    wire::Answer answer{steps.dialogue, steps.turn, 0, {}};
    for (const wire::Step& step : steps.list) {
        if (step.kind == wire::StepKind::verdict) return conclude(step.verdict, steps.token);
        if (!step.is_prompt()) {
            conversation_.tell(step);
            continue;
        }
        SecretText& text = texts[answer.count];
        if (const int code = answers_.find(step, text); code != PAM_SUCCESS) return code;
        answer.texts[answer.count++] = text.view();
    }
    if (answer.count == 0) return std::nullopt;
    const std::size_t size = wire::encode(buffer.span(), answer);
    if (size == 0) return PAM_BUF_ERR;
    const Fault fault = channel.send({buffer.bytes, size});
    if (fault != Fault::none) return failed(fault);
    return std::nullopt;
}

int Dialogue::conclude(wire::Verdict verdict, std::string_view token) {
    if (verdict == wire::Verdict::success && answers_.rest_on_empty_password())
        verdict = wire::Verdict::denied;
    if (verdict != wire::Verdict::success) return code_of(verdict, start_.phase);
    int code = PAM_SUCCESS;
    if (start_.phase == wire::Phase::authenticate) code = keep_token(pamh_, Kept::login, token);
    if ((start_.flags & wire::flag_prelim) != 0) code = keep_token(pamh_, Kept::change, token);
    if (code == PAM_SUCCESS) code = answers_.hand_on();
    return code == PAM_SUCCESS ? code_of(verdict, start_.phase) : code;
}

int Dialogue::failed(Fault fault) const {
    if (fault == Fault::unreachable || fault == Fault::internal)
        pam_syslog(pamh_, LOG_ERR, "%s: %s: %m", login_socket, describe(fault));
    else
        pam_syslog(pamh_, LOG_ERR, "%s: %s", login_socket, describe(fault));
    if (fault == Fault::no_memory) return PAM_BUF_ERR;
    return fault == Fault::internal ? PAM_SYSTEM_ERR : PAM_AUTHINFO_UNAVAIL;
}

int Dialogue::nonsense() const {
    pam_syslog(pamh_, LOG_ERR, "the daemon sent what is no step of this dialogue");
    return PAM_AUTHINFO_UNAVAIL;
}

}  // namespace userd::pam
