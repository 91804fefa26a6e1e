// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/help.h"

#include <algorithm>

#include "common/base/text.h"
#include "ctl/field.h"

namespace userd::ctl {
namespace {

// Cells on a terminal: our texts have no wide characters, so code points will do.
std::size_t width(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string padded(std::string_view text, std::size_t cells) {
    return std::string(text) + std::string(cells > width(text) ? cells - width(text) : 0, ' ');
}

// Two columns; a left text that is too long has a line of its own.
std::string two_columns(std::string_view left, std::string_view right, std::size_t cells) {
    if (width(left) > cells) return fmt::format("  {}\n  {}{}\n", left, std::string(cells + 2, ' '), right);
    return fmt::format("  {}  {}\n", padded(left, cells), right);
}

bool is_shown(const Command& command) {
    return !has(command.traits, Trait::hidden);
}

std::string usage(const Command& command) {
    std::string text = "userctl " + title(command);
    if (!command.arguments.empty()) text += " " + std::string(command.arguments);
    return text;
}

// scdoc reads _ and * as marks and needs a backslash before them.
std::string scdoc(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c == '_' || c == '*' || c == '\\' || c == '~') result += '\\';
        result += c;
    }
    return result;
}

std::string man_option(const Option& option) {
    std::string text = option.letter ? fmt::format("*-{}*, ", option.letter) : "";
    text += fmt::format("*--{}*", scdoc(option.name));
    if (!option.value.empty())
        text += fmt::format("{}{}", takes_value(option) ? " " : "", scdoc(option.value));
    return fmt::format("{}\n\t{}{}\n\n", text, scdoc(option.help), option.repeats ? "; may be repeated" : "");
}

}  // namespace

std::string option_title(const Option& option) {
    std::string text = option.letter ? fmt::format("-{}, ", option.letter) : "    ";
    text += fmt::format("--{}", option.name);
    if (!option.value.empty()) text += fmt::format("{}{}", takes_value(option) ? " " : "", option.value);
    return text;
}

std::string help_overview() {
    std::string text =
        "userctl: the users and groups of this host\n\nUsage: userctl [OPTION…] COMMAND [ARGUMENT…]\n";
    std::string_view noun = "none";
    for (const Command* command : all_commands()) {
        if (!is_shown(*command)) continue;
        const std::string_view block = command->verb.empty() ? "" : command->noun;
        if (block != noun) text += "\n";
        noun = block;
        text += two_columns(fmt::format("{} {}", title(*command), command->arguments), command->summary, 32);
    }
    text += "\nOptions of every command:\n";
    for (const Option& option : global_options()) text += two_columns(option_title(option), option.help, 34);
    return text +
           "\nuserctl COMMAND --help tells more; userctl help fields names the fields; userctl(1) tells "
           "all.\n";
}

std::string help_noun(std::string_view noun) {
    std::string text;
    for (const Command* command : all_commands())
        if (command->noun == noun && is_shown(*command))
            text +=
                two_columns(fmt::format("{} {}", title(*command), command->arguments), command->summary, 32);
    return text;
}

std::string help_command(const Command& command) {
    std::string text = fmt::format("{}\n\nUsage: {}{}\n", command.summary, usage(command),
                                   own_options(command).empty() ? "" : " [OPTION…]");
    if (!command.more.empty()) text += fmt::format("\n{}\n", command.more);
    const auto options = own_options(command);
    if (!options.empty()) text += "\n";
    for (const Option* option : options) text += two_columns(option_title(*option), option->help, 34);
    return text + "\nOptions of every command: userctl help\n";
}

std::string help_fields() {
    std::string text;
    for (const Field& field : all_fields()) text += two_columns(field.name, field.meaning, 20);
    return text;
}

std::string man_commands() {
    std::string text = "# COMMANDS\n\n";
    for (const Command* command : all_commands()) {
        if (!is_shown(*command)) continue;
        text += fmt::format("## {}\n\n", scdoc(title(*command)));
        text += fmt::format("*userctl {}* {}\n\n", scdoc(title(*command)), scdoc(command->arguments));
        text += fmt::format("{}.\n\n", scdoc(command->summary));
        if (!command->more.empty()) text += fmt::format("{}\n\n", scdoc(command->more));
        for (const Option* option : own_options(*command)) text += man_option(*option);
    }
    text += "# OPTIONS OF EVERY COMMAND\n\n";
    for (const Option& option : global_options()) text += man_option(option);
    return text;
}

}  // namespace userd::ctl
