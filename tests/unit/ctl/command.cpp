// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/command.h"

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <iterator>
#include <set>

#include "ctl/field.h"
#include "ctl/help.h"

using namespace userd::ctl;

namespace {

std::string file(const std::string& path) {
    std::ifstream in(USERD_SOURCE_ROOT "/" + path);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<const Command*> shown_commands() {
    std::vector<const Command*> list;
    for (const Command* command : all_commands())
        if (!has(command->traits, Trait::hidden)) list.push_back(command);
    return list;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(command)

BOOST_AUTO_TEST_CASE(each_command_has_one_row) {
    std::set<std::string> titles;
    for (const Command* command : all_commands())
        BOOST_TEST(titles.insert(title(*command)).second, title(*command));
}

BOOST_AUTO_TEST_CASE(no_option_of_a_command_hides_another) {
    for (const Command* command : all_commands()) {
        std::set<std::string_view> names;
        std::set<char> letters;
        for (const Option* option : options_of(*command)) {
            BOOST_TEST(names.insert(option->name).second, title(*command) << " --" << option->name);
            if (option->letter)
                BOOST_TEST(letters.insert(option->letter).second, title(*command) << " -" << option->letter);
        }
    }
}

BOOST_AUTO_TEST_CASE(help_and_man_page_tell_every_command_and_option) {
    const std::string overview = help_overview(), page = man_commands();
    for (const Command* command : shown_commands()) {
        BOOST_TEST(overview.find("  " + title(*command)) != std::string::npos, title(*command));
        BOOST_TEST(page.find("*userctl " + title(*command) + "*") != std::string::npos, title(*command));
        const std::string help = help_command(*command);
        for (const Option& option : command->options) {
            BOOST_TEST(help.find(option_title(option)) != std::string::npos, option.name);
            BOOST_TEST(page.find(fmt::format("*--{}*", option.name)) != std::string::npos, option.name);
        }
    }
    BOOST_TEST(page.find("__complete") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_summary_is_one_line_without_a_full_stop) {
    for (const Command* command : shown_commands()) {
        BOOST_TEST(!command->summary.empty());
        BOOST_TEST(!command->summary.ends_with('.'), command->summary);
        BOOST_TEST(command->summary.size() <= 80U, command->summary);
    }
}

BOOST_AUTO_TEST_CASE(what_destroys_can_be_confirmed_and_what_changes_can_be_tried) {
    for (const auto& [noun, verb] : {std::pair{"user", "delete"}, {"group", "delete"}}) {
        const Command* command = find_command(noun, verb);
        BOOST_REQUIRE(command);
        BOOST_TEST((has(command->traits, Trait::destroys) && has(command->traits, Trait::changes)));
    }
}

BOOST_AUTO_TEST_CASE(arguments_say_how_many_they_are_and_what_kind) {
    const Command* add = find_command("group", "add");
    BOOST_TEST(arity(*add).least == 2U);
    BOOST_TEST(arity(*add).most == SIZE_MAX);
    BOOST_TEST(argument_kind(*add, 0) == "GROUP");
    BOOST_TEST(argument_kind(*add, 7) == "MEMBER");
    BOOST_TEST(argument_kind(*find_command("user", "get"), 0) == "TARGET");
    BOOST_TEST(argument_kind(*find_command("user", "create"), 1).empty());
    BOOST_TEST(arity(*find_command("user", "transfer")).most == 1U);  // --to is no argument
}

BOOST_AUTO_TEST_CASE(the_reference_page_has_every_field_and_no_other) {
    const std::string page = file("docs/reference/fields.md");
    static const char* const forms[] = {"text", "number", "flag", "time", "list", "table", "escaped"};
    std::size_t rows = 0, expected = 0;
    for (std::size_t at = 0; (at = page.find("\n| `", at)) != std::string::npos; ++at) ++rows;
    for (const Field& field : all_fields()) {
        expected += field.of.size() - (is_private(field) ? 1 : 0);
        if (field.of.empty()) continue;
        const std::string row = fmt::format("\n| `{}` | {} | {} |\n", field.name,
                                            forms[static_cast<std::size_t>(field.shape)], field.meaning);
        BOOST_TEST(page.find(row) != std::string::npos, row);
    }
    BOOST_TEST(rows == expected);
}

BOOST_AUTO_TEST_SUITE_END()
