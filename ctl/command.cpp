// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/command.h"

#include <algorithm>
#include <cctype>
#include <cstdint>

#include "common/base/text.h"

namespace userd::ctl {
namespace {

const Option globals[] = {
    {"json", 'j', "[=pretty|short|lines|off]", "Answer in JSON; lines: one object a line"},
    {"columns", 0, "FIELD,…", "Show these fields, in this order"},
    {"format", 0, "csv|table|FIELD,…", "csv, or the same as --columns"},
    {"no-pager", 0, "", "Do not page long lists"},
    {"no-legend", 0, "", "No header line and no notices"},
    {"color", 0, "auto|always|never", "Colour; auto: on a terminal, unless NO_COLOR is set"},
    {"quiet", 'q', "", "Print only the names of the objects acted on, one a line"},
    {"debug", 'd', "", "Show each call to the daemon and its time on standard error"},
    {"host", 'H', "[USER@]HOST[:PORT]", "Run the same command there, over ssh"},
    {"otp", 0, "CODE|-", "A one-time code, where an act asks for one; -: the next line of standard input"},
    {"as", 0, "ROLE", "Drop to this role of yours for this call"},
    {"no-input", 0, "", "Never ask; fail and name the option instead"},
    {"timeout", 0, "DURATION", "Wait this long for an answer (30s; 150s where a person may be asked)"},
    {"help", 'h', "", "Show help"},
    {"version", 0, "", "Show the version"},
};
const Option dry_run = {"dry-run", 0, "", "Do everything but the change itself, and say what it would be"};
const Option allow_lockout = {"allow-lockout", 0, "", "Even when afterwards no admin could log in"};
const Option yes = {"yes", 'y', "", "Do not ask for confirmation"};
const Option limit = {"limit", 'l', "NUMBER", "At most so many; 100 unless given"};
const Option all = {"all", 0, "", "All of them"};
const Option offset = {"offset", 'o', "NUMBER", "Leave out so many at the beginning"};

struct Alias {
    std::string_view alias, verb;
};
const Alias aliases[] = {{"ls", "list"},     {"rm", "delete"},       {"show", "get"},     {"details", "get"},
                         {"profile", "get"}, {"disable", "suspend"}, {"enable", "resume"}};

const Command* find_exactly(std::string_view noun, std::string_view verb) {
    for (const Command* command : all_commands())
        if (command->noun == noun && command->verb == verb) return command;
    return nullptr;
}

std::vector<std::string_view> argument_words(const Command& command) {
    std::vector<std::string_view> words;
    if (command.arguments.empty()) return words;
    for (const std::string_view word : split(command.arguments, ' ')) {
        if (word.starts_with("--")) break;  // an option that must be there
        words.push_back(word);
    }
    return words;
}

bool repeats(std::string_view word) {
    return word.find("…") != std::string_view::npos;
}

}  // namespace

const std::vector<const Command*>& all_commands() {
    static const std::vector<const Command*> commands = [] {
        std::vector<const Command*> list;
        for (const auto table :
             {user_commands(),  state_commands(),   resource_commands(), password_commands(),
              mfa_commands(),   ssh_key_commands(), ssh_commands(),      group_commands(),
              role_commands(),  desired_commands(), import_commands(),   export_commands(),
              adopt_commands(), check_commands(),   config_commands(),   explain_commands(),
              log_commands(),   ldap_commands(),    backup_commands(),   doctor_commands(),
              host_commands()})
            for (const Command& command : table) list.push_back(&command);
        return list;
    }();
    return commands;
}

std::span<const Option> global_options() {
    return globals;
}

std::vector<const Option*> own_options(const Command& command) {
    std::vector<const Option*> list;
    for (const Option& option : command.options) list.push_back(&option);
    if (has(command.traits, Trait::pages)) list.insert(list.end(), {&limit, &all, &offset});
    if (has(command.traits, Trait::changes)) list.insert(list.end(), {&dry_run, &allow_lockout});
    if (has(command.traits, Trait::changes) || has(command.traits, Trait::destroys)) list.push_back(&yes);
    return list;
}

std::vector<const Option*> options_of(const Command& command) {
    const auto own = own_options(command);
    auto list = own;
    for (const Option& option : globals)
        if (std::none_of(own.begin(), own.end(), [&](const Option* o) { return o->name == option.name; }))
            list.push_back(&option);
    return list;
}

const Command* find_command(std::string_view noun, std::string_view verb) {
    if (const Command* command = find_exactly(noun, verb)) return command;
    for (const Alias& alias : aliases)
        if (alias.alias == verb) return find_exactly(noun, alias.verb);
    return nullptr;
}

std::vector<std::string_view> nouns() {
    std::vector<std::string_view> list;
    for (const Command* command : all_commands())
        if (!command->noun.empty() && std::find(list.begin(), list.end(), command->noun) == list.end())
            list.push_back(command->noun);
    return list;
}

std::vector<std::string_view> verbs_of(std::string_view noun) {
    std::vector<std::string_view> list;
    for (const Command* command : all_commands())
        if (command->noun == noun && !has(command->traits, Trait::hidden)) list.push_back(command->verb);
    return list;
}

Arity arity(const Command& command) {
    Arity result;
    for (const std::string_view word : argument_words(command)) {
        if (word.front() != '[') ++result.least;
        result.most = repeats(word) ? SIZE_MAX : result.most + 1;
    }
    return result;
}

std::string_view argument_kind(const Command& command, std::size_t index) {
    const auto words = argument_words(command);
    if (words.empty() || (index >= words.size() && !repeats(words.back()))) return {};
    std::string_view word = words[std::min(index, words.size() - 1)];
    if (word.front() == '[') word.remove_prefix(1);
    const auto end = std::find_if(word.begin(), word.end(), [](char c) {
        return !(std::isupper(static_cast<unsigned char>(c)) || c == '-');
    });
    return word.substr(0, static_cast<std::size_t>(end - word.begin()));
}

std::vector<std::string_view> choices(const Option& option) {
    std::string_view text = option.value;
    if (text.starts_with("[=")) text = text.substr(2, text.size() - 3);
    const bool words = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return std::islower(static_cast<unsigned char>(c)) || c == '|' || c == '-';
    });
    if (!words) return {};
    return split(text, '|');
}

std::string title(const Command& command) {
    if (command.noun == "user") return std::string(command.verb);
    return std::string(command.noun) + (command.verb.empty() ? "" : " ") + std::string(command.verb);
}

std::string Args::text(std::string_view option, std::string_view otherwise) const {
    const auto found = options.find(option);
    return std::string(found == options.end() ? otherwise : std::string_view(found->second.back()));
}

std::vector<std::string> Args::all(std::string_view option) const {
    const auto found = options.find(option);
    return found == options.end() ? std::vector<std::string>{} : found->second;
}

}  // namespace userd::ctl
