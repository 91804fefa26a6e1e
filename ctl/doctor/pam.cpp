// SPDX-License-Identifier: LGPL-2.1-or-later
// The stack of PAM's modules that a login at the service goes through.
#include <unistd.h>

#include <algorithm>

#include "common/base/text.h"
#include "ctl/doctor/areas.h"
#include "ctl/doctor/examination.h"
#include "ctl/doctor/pam_rules.h"

namespace userd::ctl {
namespace {

bool names_userd(const PamFiles& files, const char* name) {
    const auto text = files(name);
    return text && text->find("pam_userd.so") != std::string::npos;
}

// The profiles of pam-auth-update, where the service goes by what it writes. Once they are in force, lines
// that are not theirs were put in, or taken out, by hand.
std::string remedy_for(const Examination& host, const PamStack& stack, std::string_view type) {
    const std::string common = "common-" + std::string(type);
    const bool goes_by_common = std::any_of(stack.begin(), stack.end(), [&](const PamModule& module) {
        return module.where.starts_with("/etc/pam.d/" + common);
    });
    if (!goes_by_common)
        return fmt::format("have /etc/pam.d/{} say: @include {}", shell_word(host.about.service), common);
    const PamFiles files = host.pam_files();
    const bool in_force = names_userd(files, "common-auth") || names_userd(files, "common-account") ||
                          names_userd(files, "common-session");
    return fmt::format("pam-auth-update{} --enable userd userd-password", in_force ? " --force" : "");
}

template <typename Judge>
Diagnoses judge(Examination& host, std::string_view type, const Judge& by) {
    const auto& stack = host.pam_stack(type);
    if (!stack)
        return {wrong(stack.error().message, fmt::format("have /etc/pam.d/{} say: @include common-{}",
                                                         shell_word(host.about.service), type))};
    return {by(*stack, remedy_for(host, *stack, type))};
}

Diagnoses judge_type(Examination& host, std::string_view type) {
    return judge(host, type, [type](const PamStack& stack, const std::string& remedy) {
        return judge_pam_stack(stack, type, remedy);
    });
}

// "FILE:LINE" of a module, for sed.
std::string without_line(const PamModule& module) {
    const std::size_t colon = module.where.rfind(':');
    return fmt::format("sed -i {}d {}", module.where.substr(colon + 1),
                       shell_word(module.where.substr(0, colon)));
}

}  // namespace

namespace look_at {

Diagnoses pam_module(Examination& host) {
    const std::string file = USERD_PAM_DIR "/pam_userd.so";
    if (access(host.path(file).c_str(), R_OK) == 0) return {right(file + " is there")};
    return {wrong(file + " is not there", "apt install --reinstall libpam-userd")};
}

Diagnoses pam_auth(Examination& host) {
    return judge_type(host, "auth");
}

Diagnoses pam_account(Examination& host) {
    return judge_type(host, "account");
}

Diagnoses pam_password(Examination& host) {
    return judge_type(host, "password");
}

Diagnoses pam_session(Examination& host) {
    return judge(host, "session", judge_pam_session);
}

Diagnoses pam_rival(Examination& host) {
    const auto& stack = host.pam_stack("auth");
    if (!stack) return {not_checked("pam-auth comes first")};
    const PamModule* rival = find_rival(*stack);
    if (!rival) return {right("no other directory is asked before userd")};
    return {wrong(fmt::format("{} sees the passwords of userd's users first ({})", rival->name, rival->where),
                  "pam-auth-update, and there give userd the higher place, or take the other out")};
}

// Its users keep their codes: adopt takes them over first.
Diagnoses google_authenticator(Examination& host) {
    const auto& stack = host.pam_stack("auth");
    if (!stack) return {not_checked("pam-auth comes first")};
    const PamModule* leftover = find_leftover(*stack);
    if (!leftover) return {right("no other module asks for codes")};
    return {wrong(fmt::format("{} asks for a code besides userd ({})", leftover->name, leftover->where),
                  "userctl adopt google-authenticator; " + without_line(*leftover))};
}

}  // namespace look_at
}  // namespace userd::ctl
