// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/dialogue.h"

#include "daemon/login/codes.h"
#include "daemon/login/password_policy.h"
#include "daemon/runtime/journal.h"
#include "daemon/store/credentials.h"
#include "daemon/store/users.h"

namespace userd {

PhaseDialogue::PhaseDialogue(Login::Context& context, LoginStart start, Peer peer, Reply reply)
    : context_(context),
      start_(std::move(start)),
      peer_(peer),
      reference_(make_attempt_reference()),
      reply_(std::move(reply)) {
    // Whoever runs a dialogue for itself is here, wherever it says it is.
    if (!from_root()) {
        start_.rhost = start_.tty = start_.ruser = {};
        start_.audit_session = wire::no_audit_session;
        start_.parent = 0;
    }
    entrance_.service = start_.service;
    entrance_.address = parse_address(start_.rhost);
    entrance_.by_root = from_root() && start_.uid == 0;
}

// Ours is what the store knows; a name of another source goes back to the stack before any prompt. Root asks
// for anyone, everybody else for the own account alone, and learns nothing of other names.
void PhaseDialogue::begin() {
    const auto user = context_.store.users().find_by_name(start_.user);
    if (!user) return fail_internally(user.error());
    if (!*user && start_.known) return say(wire::Verdict::user_unknown);
    if (!from_root() && (!*user || (*user)->uid != peer_.uid)) return say(wire::Verdict::denied);
    if (!*user) return begin_for_nobody();
    user_ = (*user)->id;
    name_ = (*user)->name;
    source_ = (*user)->source;
    begin_for(**user);
}

void PhaseDialogue::ask(std::initializer_list<Prompt> prompts, std::string_view error,
                        const std::vector<std::string>& shown) {
    LoginTurn turn;
    if (!error.empty()) turn.steps.push_back({wire::StepKind::error, {}, {}, std::string(error)});
    for (const auto& text : shown) turn.steps.push_back({wire::StepKind::info, {}, {}, text});
    for (const Prompt& prompt : prompts)
        turn.steps.push_back({wire::StepKind::ask_hidden, prompt.what, {}, std::string(prompt.text)});
    reply_(std::move(turn));
}

void PhaseDialogue::say(wire::Verdict verdict, Secret token, std::string_view error,
                        const std::vector<std::string>& shown) {
    LoginTurn turn;
    if (!error.empty()) turn.steps.push_back({wire::StepKind::error, {}, {}, std::string(error)});
    for (const auto& text : shown) turn.steps.push_back({wire::StepKind::info, {}, {}, text});
    turn.steps.push_back({wire::StepKind::verdict, {}, verdict, {}});
    turn.token = std::move(token);
    reply_(std::move(turn));
}

std::string PhaseDialogue::refusal() const {
    const std::string& admin = context_.config->contact_admin;
    if (admin.empty() || admin.size() > 200) return fmt::format("Login refused (reference {}).", reference_);
    return fmt::format("Login refused (reference {}). For help: {}", reference_, admin);
}

void PhaseDialogue::fail_internally(const Error& error) {
    journal::error("a login at {}: {}", start_.service, error.message);
    say(wire::Verdict::system_err);
}

Result<bool> PhaseDialogue::must_change(const User& user) const {
    const auto password = TRY(context_.store.credentials().find_password(user.id));
    const auto set_at = password ? std::optional(password->changed_at) : std::nullopt;
    return userd::must_change(policy_of_passwords(*context_.config), user, set_at, context_.clock.now());
}

bool PhaseDialogue::key_proved() const {
    if (!from_root()) return false;
    const std::string_view info = start_.ssh_auth_info;
    return info.starts_with("publickey ") || info.find("\npublickey ") != std::string_view::npos;
}

Proof PhaseDialogue::proof_for(Proof::Purpose purpose) const {
    return {purpose, user_, start_.service, peer_, {}, start_.parent, start_.audit_session, {}};
}

// What no rule could ask for again is not kept.
void PhaseDialogue::remember_code(const CodePlace& place, BootTime given) {
    if (longest_memory(*context_.config, place) == Duration{}) return;
    context_.credentials.remembered_codes().note(user_, place, given, context_.clock.boot_now());
}

AttemptFacts PhaseDialogue::facts(std::string_view action) const {
    return {std::string(action), reference_,   start_.service, start_.rhost,
            start_.tty,          start_.ruser, user_,          name_};
}

TryRequest PhaseDialogue::request_for(std::string_view action) const {
    TryRequest request;
    request.facts = facts(action);
    request.typed_name = start_.user;
    request.entrance = entrance_;
    request.mirrored = is_mirror();
    return request;
}

}  // namespace userd
