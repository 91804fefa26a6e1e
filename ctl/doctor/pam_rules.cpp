// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/doctor/pam_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace userd::ctl {
namespace {

constexpr std::string_view ours = "pam_userd.so", leftover = "pam_google_authenticator.so";
constexpr std::array<std::string_view, 6> other_directories = {
    "pam_sss.so", "pam_ldap.so", "pam_krb5.so", "pam_winbind.so", "pam_oath.so", "pam_himmelblau.so"};

enum class Who {
    right,   // ours, everything answered right
    wrong,   // ours, refused
    outage,  // ours, the daemon is gone
    local,   // of /etc/passwd, the daemon is gone
    other,   // of neither: another source of the host has the name
};

bool is_other_directory(const PamModule& module) {
    return std::find(other_directories.begin(), other_directories.end(), module.name) !=
           other_directories.end();
}

// What a module says that has nothing to say about this person: whatever lets the stack go on.
std::string stepping_aside(const PamModule& module) {
    const auto goes_on = [&](std::string_view word) {
        const auto action = action_for(module, word);
        return action == "ok" || action == "ignore" || action == "reset";
    };
    for (const char* word : {"success", "ignore", "auth_err"})
        if (goes_on(word)) return word;
    return "success";
}

std::string answer_of_userd(Who who) {
    switch (who) {
        case Who::right:
            return "success";
        case Who::wrong:
            return "perm_denied";
        case Who::outage:
        case Who::local:
            return "authinfo_unavail";
        case Who::other:
            break;
    }
    return "user_unknown";
}

// Of an account without a hash pam_unix knows nothing. Where its word would be the last about one that userd
// refuses, it must not be taken for one that refuses, too.
std::string answer_of_unix(Who who, std::string_view type) {
    const bool is_ours = who != Who::local && who != Who::other;
    const bool has_a_say = type == "account" ? who == Who::right : type != "session";
    return is_ours && has_a_say ? "authinfo_unavail" : "success";
}

std::string answer(const PamModule& module, Who who, std::string_view type) {
    if (module.name == ours) return answer_of_userd(who);
    if (module.name == "pam_localuser.so") return who == Who::local ? "success" : "perm_denied";
    if (module.name == "pam_unix.so") return answer_of_unix(who, type);
    if (module.name == "pam_deny.so") return "auth_err";
    if (module.name == "pam_permit.so") return "success";
    if (is_other_directory(module)) return "user_unknown";
    return stepping_aside(module);
}

PamRun play(const PamStack& stack, Who who, std::string_view type) {
    return run_pam_stack(stack, [&](const PamModule& module) { return answer(module, who, type); });
}

const PamModule* find_asked(const PamRun& run, std::string_view name) {
    for (const PamModule* module : run.asked)
        if (module->name == name) return module;
    return nullptr;
}

const PamModule* find_module(const PamStack& stack, std::string_view name) {
    for (const PamModule& module : stack)
        if (module.name == name) return &module;
    return nullptr;
}

// Where a run ended, for a person to look.
std::string end_of(const PamRun& run) {
    return run.asked.empty()
               ? "the stack is empty"
               : fmt::format("it ends at {} ({})", run.asked.back()->name, run.asked.back()->where);
}

// pam_unix does not ask then, and has nothing to go by where nobody has asked before.
bool has_nothing_typed(const PamStack& stack) {
    for (const PamModule& module : stack) {
        if (module.name == "pam_unix.so")
            return std::find(module.arguments.begin(), module.arguments.end(), "use_authtok") !=
                   module.arguments.end();
        if (!module.name.empty() && module.name != ours && module.name != "pam_localuser.so") return false;
    }
    return false;
}

}  // namespace

Diagnosis judge_pam_stack(const PamStack& stack, std::string_view type, const std::string& remedy) {
    const auto bad = [&](std::string what) { return wrong(std::move(what), remedy); };
    if (!find_module(stack, ours)) return bad(fmt::format("{} does not ask userd", type));
    const PamRun run = play(stack, Who::right, type);
    if (!find_asked(run, ours))
        return bad(fmt::format("{} does not come as far as userd: {}", type, end_of(run)));
    if (!run.succeeds) return bad(fmt::format("{} refuses whom userd lets in: {}", type, end_of(run)));
    for (const Who who : {Who::wrong, Who::outage})
        if (const PamRun refused = play(stack, who, type); refused.succeeds)
            return bad(fmt::format("{} lets in whom userd {}: {}", type,
                                   who == Who::wrong ? "refuses" : "cannot judge", end_of(refused)));
    if (const PamRun local = play(stack, Who::local, type); !local.succeeds)
        return bad(fmt::format("{} refuses local users, root among them, while userd is down: {}", type,
                               end_of(local)));
    if (const PamRun other = play(stack, Who::other, type); !other.succeeds)
        return bad(fmt::format("{} refuses users of other sources: {}", type, end_of(other)));
    if (type == "password" && has_nothing_typed(stack))
        return bad("userd comes before pam_unix, which then asks local users for no new password");
    return right(fmt::format("{} asks userd, and does as it says", type));
}

Diagnosis judge_pam_session(const PamStack& stack, const std::string& remedy) {
    const PamRun run = play(stack, Who::right, "session");
    if (find_asked(run, ours))
        return run.succeeds ? right("userd is told of sessions")
                            : wrong(fmt::format("sessions of users of userd fail: {}", end_of(run)), remedy);
    const bool is_for_programs = std::any_of(stack.begin(), stack.end(), [](const PamModule& module) {
        return module.where.find("/common-session-noninteractive:") != std::string::npos;
    });
    if (is_for_programs) return not_checked("no person sits at this service");
    return wrong("userd is not told of sessions: no home is made at the first login, no limits are set",
                 remedy);
}

const PamModule* find_rival(const PamStack& auth) {
    for (const PamModule* module : play(auth, Who::right, "auth").asked) {
        if (module->name == ours) return nullptr;
        if (is_other_directory(*module)) return module;
    }
    return nullptr;
}

const PamModule* find_leftover(const PamStack& auth) {
    return find_asked(play(auth, Who::right, "auth"), leftover);
}

}  // namespace userd::ctl
