// SPDX-License-Identifier: LGPL-2.1-or-later
// Steps travel in one field, one after the other: kind (1 byte) · code (1) · length of the text (2) · text.
// The code is what a prompt asks for, or the verdict.
#include "common/wire/login.h"

#include "common/wire/text.h"

namespace userd::wire {
namespace {

enum StartTag : std::uint8_t {
    phase = 1,
    service,
    user,
    rhost,
    tty,
    ruser,
    uid,
    flags,
    known,
    audit_session,
    ssh_auth_info,
    start_token,
    parent,
};
enum AnswerTag : std::uint8_t { answer_dialogue = 1, answer_turn, answer_text };  // the first; others follow
enum StepsTag : std::uint8_t { dialogue = 1, turn, token, steps };

constexpr std::size_t step_header_size = 4;

bool is_token(std::string_view bytes) {
    return bytes.empty() || bytes.size() == token_size;
}

bool holds(const Start& start) {
    const bool change = start.phase == Phase::change_password;
    const bool prelim = (start.flags & flag_prelim) != 0;
    const bool update = (start.flags & flag_update) != 0;
    return start.phase >= Phase::authenticate && start.phase <= Phase::close_session && !start.user.empty() &&
           fits(start.user, max_name) && fits(start.service, max_name) && fits(start.rhost, max_name) &&
           fits(start.tty, max_name) && fits(start.ruser, max_name) &&
           fits(start.ssh_auth_info, max_auth_info) && is_token(start.token) &&
           (change ? prelim != update : !prelim && !update);
}

std::uint8_t code_of(const Step& step) {
    if (step.kind == StepKind::verdict) return static_cast<std::uint8_t>(step.verdict);
    return step.is_prompt() ? static_cast<std::uint8_t>(step.asks) : std::uint8_t{0};
}

bool is_step(StepKind kind, std::uint8_t code) {
    switch (kind) {
        case StepKind::info:
        case StepKind::error:
            return code == 0;
        case StepKind::ask_hidden:
        case StepKind::ask_visible:
            return code <= static_cast<std::uint8_t>(Ask::code);
        case StepKind::verdict:
            return code < verdict_count;
    }
    return false;
}

bool is_text(std::string_view text) {
    return fits(text, max_step_text) && (text.empty() || memchr(text.data(), '\n', text.size()) == nullptr);
}

// What may follow what in a frame of Steps.
class Order {
 public:
    bool take(StepKind kind) {
        const bool prompt = kind == StepKind::ask_hidden || kind == StepKind::ask_visible;
        const bool in_place = !judged_ && (prompts_ == 0 || prompt);
        judged_ = kind == StepKind::verdict;
        prompts_ += prompt;
        return in_place && ++steps_ <= max_steps && prompts_ <= max_prompts;
    }

 private:
    std::size_t steps_ = 0, prompts_ = 0;
    bool judged_ = false;
};

bool holds(std::span<const Step> list) {
    Order order;
    for (const Step& step : list)
        if (!order.take(step.kind) || !is_step(step.kind, code_of(step)) || !is_text(step.text)) return false;
    return !list.empty();
}

std::size_t text_size(const char* step) {
    return load_number<std::uint16_t>(step + 2);
}

// The same rules as for what is written, on bytes.
bool holds(std::string_view list) {
    if (list.empty()) return false;
    Order order;
    while (!list.empty()) {
        if (list.size() < step_header_size) return false;
        const std::size_t size = text_size(list.data());
        if (size > list.size() - step_header_size) return false;
        const StepKind kind{static_cast<std::uint8_t>(list[0])};
        if (!order.take(kind) || !is_step(kind, static_cast<std::uint8_t>(list[1])) ||
            !is_text({list.data() + step_header_size, size}))
            return false;
        list.remove_prefix(step_header_size + size);
    }
    return true;
}

std::optional<Frame> parse(std::string_view bytes, Kind kind) {
    auto frame = Frame::parse(bytes);
    if (!frame || bytes.size() > max_frame || frame->kind() != kind) return std::nullopt;
    return frame;
}

}  // namespace

Step StepList::Iterator::operator*() const {
    Step step;
    step.kind = StepKind{static_cast<std::uint8_t>(at_[0])};
    const auto code = static_cast<std::uint8_t>(at_[1]);
    if (step.is_prompt()) step.asks = Ask{code};
    if (step.kind == StepKind::verdict) step.verdict = Verdict{code};
    step.text = {at_ + step_header_size, text_size(at_)};
    return step;
}

StepList::Iterator& StepList::Iterator::operator++() {
    at_ += step_header_size + text_size(at_);
    return *this;
}

std::size_t encode(std::span<char> out, const Start& start) {
    if (!holds(start)) return 0;
    FrameWriter writer(out, Kind::login_start);
    writer.put_number(phase, static_cast<std::uint8_t>(start.phase));
    writer.put(service, start.service);
    writer.put(user, start.user);
    writer.put(rhost, start.rhost);
    writer.put(tty, start.tty);
    writer.put(ruser, start.ruser);
    writer.put_number(uid, start.uid);
    writer.put_number(flags, start.flags);
    writer.put_number(known, static_cast<std::uint8_t>(start.known));
    writer.put_number(audit_session, start.audit_session);
    writer.put_number(parent, start.parent);
    if (!start.ssh_auth_info.empty()) writer.put(ssh_auth_info, start.ssh_auth_info);
    if (!start.token.empty()) writer.put(start_token, start.token);
    return writer.size();
}

std::size_t encode(std::span<char> out, const Answer& answer) {
    if (answer.count == 0 || answer.count > max_prompts) return 0;
    FrameWriter writer(out, Kind::login_answer);
    writer.put_number(answer_dialogue, answer.dialogue);
    writer.put_number(answer_turn, answer.turn);
    for (std::size_t i = 0; i < answer.count; ++i) {
        if (!fits(answer.texts[i], max_answer)) return 0;
        writer.put(static_cast<std::uint8_t>(answer_text + i), answer.texts[i]);
    }
    return writer.size();
}

std::size_t encode(std::span<char> out, const Steps& head, std::span<const Step> list) {
    if (!holds(list) || !is_token(head.token)) return 0;
    FrameWriter writer(out, Kind::login_steps);
    writer.put_number(dialogue, head.dialogue);
    writer.put_number(turn, head.turn);
    if (!head.token.empty()) writer.put(token, head.token);
    std::size_t size = 0;
    for (const Step& step : list) size += step_header_size + step.text.size();
    const auto room = writer.reserve(steps, size);
    if (room.empty()) return 0;
    char* at = room.data();
    for (const Step& step : list) {
        at[0] = static_cast<char>(step.kind);
        at[1] = static_cast<char>(code_of(step));
        store_number(at + 2, static_cast<std::uint16_t>(step.text.size()));
        if (!step.text.empty()) memcpy(at + step_header_size, step.text.data(), step.text.size());
        at += step_header_size + step.text.size();
    }
    return writer.size();
}

std::optional<Start> decode_start(std::string_view bytes) {
    const auto frame = parse(bytes, Kind::login_start);
    if (!frame) return std::nullopt;
    const auto number = frame->number<std::uint8_t>(phase);
    const auto caller = frame->number<std::uint32_t>(uid);
    const auto bits = frame->number<std::uint32_t>(flags);
    const auto is_known = frame->number<std::uint8_t>(known);
    const auto session = frame->number<std::uint32_t>(audit_session);
    if (!number || !caller || !bits || !is_known || *is_known > 1 || !session) return std::nullopt;
    Start start;
    start.phase = Phase{*number};
    start.service = frame->find(service).value_or("");
    start.user = frame->find(user).value_or("");
    start.rhost = frame->find(rhost).value_or("");
    start.tty = frame->find(tty).value_or("");
    start.ruser = frame->find(ruser).value_or("");
    start.uid = *caller;
    start.flags = *bits;
    start.known = *is_known == 1;
    start.audit_session = *session;
    start.parent = frame->number<std::uint32_t>(parent).value_or(0);
    start.ssh_auth_info = frame->find(ssh_auth_info).value_or("");
    start.token = frame->find(start_token).value_or("");
    if (!holds(start)) return std::nullopt;
    return start;
}

std::optional<Answer> decode_answer(std::string_view bytes) {
    const auto frame = parse(bytes, Kind::login_answer);
    if (!frame) return std::nullopt;
    const auto id = frame->number<std::uint64_t>(answer_dialogue);
    const auto number = frame->number<std::uint32_t>(answer_turn);
    if (!id || !number) return std::nullopt;
    Answer answer{*id, *number, 0, {}};
    while (answer.count < max_prompts) {
        const auto text = frame->find(static_cast<std::uint8_t>(answer_text + answer.count));
        if (!text) break;
        if (!fits(*text, max_answer)) return std::nullopt;
        answer.texts[answer.count++] = *text;
    }
    if (answer.count == 0) return std::nullopt;
    return answer;
}

std::optional<Steps> decode_steps(std::string_view bytes) {
    const auto frame = parse(bytes, Kind::login_steps);
    if (!frame) return std::nullopt;
    const auto id = frame->number<std::uint64_t>(dialogue);
    const auto number = frame->number<std::uint32_t>(turn);
    const auto word = frame->find(token).value_or("");
    const auto list = frame->find(steps);
    if (!id || !number || !is_token(word) || !list || !holds(*list)) return std::nullopt;
    return Steps{*id, *number, word, StepList(*list)};
}

}  // namespace userd::wire
