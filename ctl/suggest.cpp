// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/suggest.h"

#include <algorithm>

#include "common/base/text.h"
#include "ctl/field.h"

namespace userd::ctl {
namespace {

struct Habit {
    std::string_view word, command;
};
// Words that hands know from other tools.
const Habit habits[] = {
    {"useradd", "create"},
    {"adduser", "create"},
    {"add", "create"},
    {"new", "create"},
    {"usermod", "update"},
    {"modify", "update"},
    {"set", "update"},
    {"chfn", "update --display-name"},
    {"chsh", "update --shell"},
    {"chage", "update --expires"},
    {"userdel", "delete"},
    {"deluser", "delete"},
    {"remove", "delete"},
    {"del", "delete"},
    {"lock", "suspend"},
    {"block", "suspend"},
    {"ban", "suspend"},
    {"activate", "resume"},
    {"unsuspend", "resume"},
    {"id", "get"},
    {"info", "get"},
    {"finger", "get"},
    {"getent", "get"},
    {"users", "list"},
    {"find", "search"},
    {"grep", "search"},
    {"mv", "rename"},
    {"groups", "group list"},
    {"groupadd", "group create"},
    {"addgroup", "group create"},
    {"groupmod", "group update"},
    {"groupdel", "group delete"},
    {"delgroup", "group delete"},
    {"gpasswd", "group add"},
    {"chpasswd", "password reset"},
    {"resetpw", "password reset"},
    {"2fa", "mfa status"},
    {"totp", "mfa status"},
    {"otp", "mfa status"},
    {"key", "ssh-key list"},
    {"keys", "ssh-key list"},
    {"who", "whoami"},
    {"info", "status"},
};

// Options of a command's twin that cannot mean anything here.
struct Misfit {
    std::string_view verb, option, why, hint;  // of a user's verbs
};
const Misfit misfits[] = {
    {"resume", "until", "who is resumed may log in without an end",
     "userctl suspend TARGET --until TIME, to resume them by itself; userctl update TARGET --expires TIME"},
    {"resume", "keep-sessions", "nobody's session ends when they are resumed", "leaving it out"},
    {"reject", "role", "who is rejected gets none", "userctl approve TARGET --role ROLE"},
};

const Misfit* find_misfit(const Command* command, std::string_view option) {
    for (const Misfit& misfit : misfits)
        if (command && command->noun == "user" && command->verb == misfit.verb && option == misfit.option)
            return &misfit;
    return nullptr;
}

std::vector<std::string_view> first_words() {
    auto words = verbs_of("user");
    for (const std::string_view noun : nouns()) words.push_back(noun);
    words.insert(words.end(), {"disable", "enable"});
    return words;
}

std::string joined(const std::vector<std::string_view>& words) {
    std::string text;
    for (const std::string_view word : words) text += (text.empty() ? "" : ", ") + std::string(word);
    return text;
}

// "Did you mean …?" as a hint, or `otherwise` when nothing is near.
std::string meant(std::string_view typed, const std::vector<std::string_view>& words, std::string otherwise) {
    std::string_view near = nearest_word(typed, words);
    for (const std::string_view word : words)
        if (typed.size() > 1 && word.starts_with(typed) && word.substr(typed.size(), 1) != "-") near = word;
    return near.empty() ? std::move(otherwise) : fmt::format("Did you mean \"{}\"?", near);
}

}  // namespace

Problem unknown_command(std::string_view word) {
    Problem result = problem(Exit::usage, "unknown command \"{}\"", escaped(word));
    for (const Habit& habit : habits)
        if (habit.word == word)
            return std::move(result).with_hint(fmt::format("Did you mean \"{}\"?", habit.command));
    return std::move(result).with_hint(meant(word, first_words(), "userctl help"));
}

Problem unknown_verb(std::string_view noun, std::string_view word) {
    const auto verbs = verbs_of(noun);
    return problem(Exit::usage, "unknown command \"{} {}\"", noun, escaped(word))
        .with_hint(meant(word, verbs, fmt::format("{}: {}", noun, joined(verbs))));
}

Problem missing_verb(std::string_view noun) {
    return problem(Exit::usage, "\"{}\" needs one of: {}", noun, joined(verbs_of(noun)))
        .with_hint(fmt::format("userctl help {}", noun));
}

Problem unknown_option(const Command* command, std::string_view name) {
    const std::string dashes = name.size() == 1 ? "-" : "--";
    if (name == "password" || name == "pass" || name == "hash" || name == "secret")
        return problem(Exit::usage,
                       "--{} is not an option, on purpose: everybody on this host can read a command line",
                       name)
            .with_hint("typing it when asked, --password-file FILE|-|fd:N, --hash-file or --generate");
    if (const Misfit* misfit = find_misfit(command, name))
        return problem(Exit::usage, "\"{}\" takes no --{}: {}", misfit->verb, name, misfit->why)
            .with_hint(std::string(misfit->hint))
            .with_field(std::string(name));
    std::vector<std::string_view> known;
    if (command) {
        for (const Option* option : options_of(*command)) known.push_back(option->name);
    } else {
        for (const Option& option : global_options()) known.push_back(option.name);
    }
    const std::string_view near = name.size() == 1 ? std::string_view() : nearest_word(name, known);
    const std::string of = command ? fmt::format(" of \"{}\"", title(*command)) : "";
    return problem(Exit::usage, "unknown option {}{}{}", dashes, escaped(name), of)
        .with_hint(!near.empty() ? fmt::format("Did you mean \"--{}\"?", near)
                   : command     ? fmt::format("userctl {} --help", title(*command))
                                 : "an option of one command stands after its name");
}

Problem unknown_choice(const Option& option, std::string_view value) {
    const auto allowed = choices(option);
    return problem(Exit::usage, "--{} is one of {}, not \"{}\"", option.name, joined(allowed), escaped(value))
        .with_hint(meant(value, allowed, ""))
        .with_field(std::string(option.name));
}

Problem unknown_field(std::string_view name, char object) {
    std::vector<std::string_view> known;
    for (const Field& field : all_fields())
        if (object == '\0' || field.of.find(object) != std::string_view::npos) known.push_back(field.name);
    return problem(Exit::usage, "unknown field \"{}\"", escaped(name))
        .with_hint(meant(name, known, "userctl help fields"))
        .with_field(std::string(escaped(name)));
}

}  // namespace userd::ctl
