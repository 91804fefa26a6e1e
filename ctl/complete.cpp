// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/complete.h"

#include <algorithm>

#include "ctl/command.h"
#include "ctl/field.h"
#include "ctl/target.h"

namespace userd::ctl {
namespace {

constexpr std::size_t most_names = 100;
using Words = std::vector<std::string>;

void add(Words& list, std::string_view word, std::string_view typed) {
    if (word.starts_with(typed) && std::find(list.begin(), list.end(), word) == list.end())
        list.emplace_back(word);
}

Words names(Client& client, bool of_groups, std::string_view typed) {
    Words list;
    Fields query;
    if (!typed.empty()) query["text"] = std::string(typed);
    if (!typed.empty() && !of_groups) query["in"] = Words{"name"};
    const auto page =
        of_groups ? client.list_groups(query, 0, most_names) : client.list_users(query, 0, most_names);
    if (page)
        for (const Fields& record : page->rows) add(list, text_of(record, "name"), typed);
    return list;
}

Words role_names(Client& client, std::string_view typed) {
    Words list;
    if (const auto page = client.list_roles(0, most_names))
        for (const Fields& record : page->rows) add(list, text_of(record, "name"), typed);
    return list;
}

Words server_names(Client& client, std::string_view typed) {
    Words list;
    if (const auto servers = client.ldap_status())
        for (const Fields& server : *servers) add(list, text_of(server, "name"), typed);
    return list;
}

Words values(Client& client, std::string_view kind, std::string_view typed) {
    if (kind == "USER" || kind == "TARGET" || kind == "MEMBER") return names(client, false, typed);
    if (kind == "GROUP") return names(client, true, typed);
    if (kind == "ROLE") return role_names(client, typed);
    if (kind.ends_with("SOURCE")) {
        Words list = server_names(client, typed);
        if (kind.starts_with("local")) add(list, "local", typed);
        return list;
    }
    if (kind.starts_with("FILE") || kind == "PATH") return {"FILE"};
    Words list;
    if (kind == "SHELL")
        for (const char* shell : {"bash", "zsh", "fish"}) add(list, shell, typed);
    if (kind.starts_with("FIELD")) {
        const std::size_t comma = typed.rfind(',');  // complete the last of several
        const std::string before(comma == std::string_view::npos ? "" : typed.substr(0, comma + 1));
        for (const Field& field : all_fields()) add(list, before + std::string(field.name), typed);
    }
    return list;
}

Words option_values(Client& client, const Option& option, std::string_view typed) {
    const auto allowed = choices(option);
    if (allowed.empty()) return values(client, option.value, typed);
    Words list;
    for (const std::string_view word : allowed) add(list, word, typed);
    return list;
}

// How far a command line has come: what it names, and how many arguments it has.
struct Position {
    std::string noun;
    const Command* command = nullptr;
    std::size_t arguments = 0;
    const Option* pending = nullptr;  // waits for its value
};

std::vector<const Option*> options_at(const Position& position) {
    if (position.command) return options_of(*position.command);
    std::vector<const Option*> list;
    for (const Option& option : global_options()) list.push_back(&option);
    return list;
}

const Option* option_called(const Position& position, std::string_view word) {
    for (const Option* option : options_at(position))
        if (word == "--" + std::string(option->name) ||
            (option->letter && word == std::string("-") + option->letter))
            return option;
    return nullptr;
}

Position follow(std::span<const std::string> words) {
    Position position;
    for (const std::string& word : words) {
        if (position.pending) {
            position.pending = nullptr;
        } else if (word.size() > 1 && word[0] == '-') {
            const Option* option = option_called(position, word);
            if (option && takes_value(*option)) position.pending = option;
        } else if (position.command) {
            ++position.arguments;
        } else if (!position.noun.empty()) {
            position.command = find_command(position.noun, word);
        } else if (!(position.command = find_command("user", word))) {
            position.noun = word;
            position.command = find_command(word, "");
        }
    }
    return position;
}

Words command_words(const Position& position, std::string_view typed) {
    Words list;
    for (const std::string_view verb : verbs_of(position.noun.empty() ? "user" : position.noun))
        add(list, verb, typed);
    if (position.noun.empty())
        for (const Command* command : all_commands())
            if (!has(command->traits, Trait::hidden)) add(list, command->noun, typed);
    return list;
}

}  // namespace

Words candidates(Client& client, std::span<const std::string> words) {
    if (words.empty()) return command_words({}, "");
    const std::string& typed = words.back();
    const Position position = follow(words.first(words.size() - 1));
    if (position.pending) return option_values(client, *position.pending, typed);
    Words list;
    if (typed.starts_with("--") && typed.find('=') != std::string::npos) {
        const std::size_t equals = typed.find('=');
        const Option* option = option_called(position, typed.substr(0, equals));
        if (!option) return {};
        for (const std::string& value :
             option_values(client, *option, std::string_view(typed).substr(equals + 1)))
            list.push_back(value == "FILE" ? value : typed.substr(0, equals + 1) + value);
        return list;
    }
    if (typed.starts_with('-')) {
        for (const Option* option : options_at(position)) add(list, "--" + std::string(option->name), typed);
        return list;
    }
    if (!position.command) return command_words(position, typed);
    return values(client, argument_kind(*position.command, position.arguments), typed);
}

std::string_view completion_script(std::string_view shell) {
    if (shell == "bash")
        return R"(# bash completion for userctl
_userctl() {
    local IFS=$'\n' cur words cword
    if declare -F _get_comp_words_by_ref >/dev/null; then
        _get_comp_words_by_ref -n := cur words cword
    else
        cur=${COMP_WORDS[COMP_CWORD]} words=("${COMP_WORDS[@]}") cword=$COMP_CWORD
    fi
    COMPREPLY=($(userctl __complete -- "${words[@]:1:cword}" 2>/dev/null))
    if [[ ${COMPREPLY[*]} == FILE ]]; then
        COMPREPLY=($(compgen -f -- "${cur#--*=}"))
        compopt -o filenames
    fi
    ! declare -F __ltrim_colon_completions >/dev/null || __ltrim_colon_completions "$cur"
}
complete -F _userctl userctl
)";
    if (shell == "zsh")
        return R"(#compdef userctl
_userctl() {
    local -a found
    found=("${(@f)$(userctl __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    if [[ "${found[*]}" == FILE ]]; then
        _files
    elif (( ${#found} )) && [[ -n "${found[1]}" ]]; then
        compadd -a found
    fi
}
# Loaded by name from fpath it is being called already; sourced it is made known.
if [[ ${funcstack[1]} == _userctl ]]; then
    _userctl "$@"
else
    compdef _userctl userctl
fi
)";
    if (shell == "fish")
        return R"(# fish completion for userctl
function __userctl_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l found (userctl __complete -- $words[2..-1] 2>/dev/null)
    if test "$found" = FILE
        __fish_complete_path (commandline -ct)
    else
        printf '%s\n' $found
    end
end
complete -c userctl -f -a '(__userctl_complete)'
)";
    return {};
}

}  // namespace userd::ctl
