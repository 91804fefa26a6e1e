// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/problem.h"

namespace userd::ctl {

class Client;
class Output;
class Args;

// The one command table. Parser, help, completion and man page are made from it, so none of them can
// disagree. All texts are static.

// What stands for the value of an option or for an argument says what it may be:
//   ""                      a flag, without a value
//   "off|optional|required" one of these words (all lower case), nothing else
//   "[=pretty|short]"       a value that may be left out, and is only taken after '='
//   "USER" "GROUP" "FILE" "FIELD" … names a kind; completion offers what exists
struct Option {
    std::string_view name;  // without the dashes
    char letter = 0;        // 0: none
    std::string_view value;
    std::string_view help;
    bool repeats = false;  // may be given several times
};

enum class Trait : unsigned {
    none = 0,
    changes = 1,   // has --dry-run
    destroys = 2,  // asks y/N, has --yes
    hidden = 4,    // neither in help nor in completion nor in the man page
    writes = 8,    // a file: --format is its form, not that of a list
    pages = 16,    // a list by print_list: has --limit, --all and --offset
};
constexpr Trait operator|(Trait a, Trait b) {
    return static_cast<Trait>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
constexpr bool has(Trait set, Trait one) {
    return (static_cast<unsigned>(set) & static_cast<unsigned>(one)) != 0;
}

using Handler = Answer<void> (*)(Client&, const Args&, Output&);

struct Command {
    std::string_view noun;  // "user" may be left out on the command line
    std::string_view verb;
    std::string_view
        arguments;  // "NAME", "[USER]", "TARGET…", "GROUP MEMBER…"; then "--to USER" where needed
    std::string_view summary;  // one line, no full stop
    Handler run;
    std::span<const Option> options = {};
    Trait traits = Trait::none;
    std::string_view more =
        {};  // what help and man page say besides; paragraphs are separated by a blank line
};

// Every command, in the order in which they are shown: users' first, then noun by noun.
const std::vector<const Command*>& all_commands();
std::span<const Option> global_options();  // understood by each command
// Those of the table's row, then those that its traits bring.
std::vector<const Option*> own_options(const Command& command);
// Then the global ones, but for those that the command has under the same name itself.
std::vector<const Option*> options_of(const Command& command);
const Command* find_command(std::string_view noun, std::string_view verb);  // real names and aliases
std::vector<std::string_view> nouns();
std::vector<std::string_view> verbs_of(std::string_view noun);  // without hidden ones

// How many arguments "GROUP MEMBER…" takes.
struct Arity {
    std::size_t least = 0, most = 0;  // most: SIZE_MAX without a bound
};
Arity arity(const Command& command);
// The word that stands for the argument at `index`: "MEMBER"; empty past the last.
std::string_view argument_kind(const Command& command, std::size_t index);
// The words that a value may be; empty when the value is free.
std::vector<std::string_view> choices(const Option& option);
inline bool takes_value(const Option& option) {
    return !option.value.empty() && !option.value.starts_with("[=");
}
std::string title(const Command& command);  // "create", "group create"

// What a parsed command line asks for: the arguments in order, the options by name.
class Args {
 public:
    const Command* command = nullptr;
    std::string noun;  // when it stands alone, as in "userctl group --help"
    std::vector<std::string> words;
    std::map<std::string, std::vector<std::string>, std::less<>> options;

    bool has(std::string_view option) const { return options.contains(option); }
    std::string text(std::string_view option, std::string_view otherwise = {}) const;  // the last one given
    std::vector<std::string> all(std::string_view option) const;
};

// The tables, one a noun.
std::span<const Command> user_commands();
std::span<const Command> state_commands();
std::span<const Command> resource_commands();
std::span<const Command> password_commands();
std::span<const Command> mfa_commands();
std::span<const Command> ssh_key_commands();
std::span<const Command> ssh_commands();
std::span<const Command> group_commands();
std::span<const Command> desired_commands();
std::span<const Command> check_commands();
std::span<const Command> adopt_commands();
std::span<const Command> import_commands();
std::span<const Command> export_commands();
std::span<const Command> role_commands();
std::span<const Command> config_commands();
std::span<const Command> explain_commands();
std::span<const Command> log_commands();
std::span<const Command> backup_commands();
std::span<const Command> doctor_commands();
std::span<const Command> ldap_commands();
std::span<const Command> host_commands();

}  // namespace userd::ctl
