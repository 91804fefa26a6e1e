// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/parser.h"

#include <boost/test/unit_test.hpp>

#include "tests/unit/ctl/support.h"

using namespace userd::ctl;

BOOST_AUTO_TEST_SUITE(parser)

BOOST_AUTO_TEST_CASE(the_noun_user_may_be_left_out) {
    BOOST_TEST(title(*parse_line("list")->command) == "list");
    BOOST_TEST(parse_line("user list")->command == parse_line("list")->command);
    BOOST_TEST(title(*parse_line("group list")->command) == "group list");
    BOOST_TEST(title(*parse_line("status")->command) == "status");
}

BOOST_AUTO_TEST_CASE(aliases_stand_for_their_commands) {
    for (const auto& [alias, verb] : {std::pair{"ls", "list"},
                                      {"rm a", "delete"},
                                      {"show", "get"},
                                      {"details", "get"},
                                      {"profile", "get"},
                                      {"disable a", "suspend"},
                                      {"enable a", "resume"}})
        BOOST_TEST(parse_line(alias)->command->verb == verb);
    BOOST_TEST(parse_line("group ls")->command->verb == "list");
    BOOST_TEST(parse_line("mfa enable")->command->verb == "enable");
}

BOOST_AUTO_TEST_CASE(options_may_stand_anywhere) {
    const auto args = parse_line("--json create --first-name=Alice alice --email a@b -q");
    BOOST_TEST(args->words == std::vector<std::string>{"alice"});
    BOOST_TEST(args->text("first-name") == "Alice");
    BOOST_TEST(args->text("email") == "a@b");
    BOOST_TEST((args->has("json") && args->has("quiet")));
}

BOOST_AUTO_TEST_CASE(underscores_are_dashes_in_long_options) {
    BOOST_TEST(parse_line("create a --first_name Alice")->text("first-name") == "Alice");
    BOOST_TEST(parse_line("ssh_key list")->command->noun == "ssh-key");
}

BOOST_AUTO_TEST_CASE(an_optional_value_leaves_the_next_argument_alone) {
    const auto args = parse_line("get --json alice");
    BOOST_TEST(args->words == std::vector<std::string>{"alice"});
    BOOST_TEST(args->text("json") == "");
    BOOST_TEST(parse_line("get --json=lines alice")->text("json") == "lines");
}

BOOST_AUTO_TEST_CASE(values_may_begin_with_a_dash) {
    BOOST_TEST(parse_line("update alice --tag -old")->text("tag") == "-old");
    BOOST_TEST(parse_line("list --sort -uid")->text("sort") == "-uid");
}

BOOST_AUTO_TEST_CASE(letters_take_values_and_stand_together) {
    BOOST_TEST(parse_line("list -l 5")->text("limit") == "5");
    BOOST_TEST(parse_line("list -l5")->text("limit") == "5");
    const auto args = parse_line("list -qjl5");
    BOOST_TEST((args->has("quiet") && args->has("json") && args->text("limit") == "5"));
}

BOOST_AUTO_TEST_CASE(two_dashes_end_the_options) {
    const auto args = parse_line("search -- --all");
    BOOST_TEST(args->words == std::vector<std::string>{"--all"});
    BOOST_TEST(!args->has("all"));
}

BOOST_AUTO_TEST_CASE(repeated_options_collect_and_others_refuse_a_contradiction) {
    BOOST_TEST(parse_line("create a --group x --group y")->all("group") ==
               (std::vector<std::string>{"x", "y"}));
    BOOST_TEST(refusal("create a --shell /bin/sh --shell /bin/bash") ==
               "--shell was given twice: \"/bin/sh\" and \"/bin/bash\"");
}

BOOST_AUTO_TEST_CASE(misspellings_get_a_suggestion) {
    BOOST_TEST(refusal("creat alice") == "unknown command \"creat\" (Did you mean \"create\"?)");
    BOOST_TEST(refusal("sus alice") == "unknown command \"sus\" (Did you mean \"suspend\"?)");
    BOOST_TEST(refusal("domain list") == "unknown command \"domain\" (userctl help)");
    BOOST_TEST(refusal("signup alice") == "unknown command \"signup\" (userctl help)");
    BOOST_TEST(refusal("group crate x") == "unknown command \"group crate\" (Did you mean \"create\"?)");
    BOOST_TEST(refusal("create a --emial x") ==
               "unknown option --emial of \"create\" (Did you mean \"--email\"?)");
    BOOST_TEST(
        refusal("create a --mfa require") ==
        "--mfa is one of inherit, off, optional, required, not \"require\" (Did you mean \"required\"?)");
}

BOOST_AUTO_TEST_CASE(words_of_useradd_lead_to_ours) {
    for (const auto& [word, command] : {std::pair{"useradd", "create"},
                                        {"usermod", "update"},
                                        {"lock", "suspend"},
                                        {"chage", "update --expires"},
                                        {"groups", "group list"},
                                        {"id", "get"}})
        BOOST_TEST(refusal(word) ==
                   fmt::format("unknown command \"{}\" (Did you mean \"{}\"?)", word, command));
}

BOOST_AUTO_TEST_CASE(a_password_on_the_command_line_is_refused_with_the_reason) {
    const auto said = refusal("create alice --password hunter2");
    BOOST_TEST(said.find("everybody on this host can read a command line") != std::string::npos);
    BOOST_TEST(said.find("hunter2") == std::string::npos);
    BOOST_TEST(refusal("passwd --password=hunter2").find("hunter2") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_number_of_arguments_is_checked) {
    BOOST_TEST(refusal("create") == "\"create\" needs: NAME (userctl create --help)");
    BOOST_TEST(refusal("create a b") ==
               "\"b\" is one argument too many for \"create\" (userctl create --help)");
    BOOST_TEST(refusal("group add web") == "\"group add\" needs: GROUP MEMBER… (userctl group add --help)");
    BOOST_TEST(parse_line("group add web a b c")->words.size() == 4U);
    BOOST_TEST(parse_line("create --help").has_value());
}

BOOST_AUTO_TEST_CASE(a_noun_alone_names_its_verbs) {
    BOOST_TEST(refusal("mfa").find("\"mfa\" needs one of: status, enable") == 0U);
}

BOOST_AUTO_TEST_CASE(an_option_without_its_value_says_what_is_missing) {
    BOOST_TEST(refusal("create alice --email") == "--email needs a value: ADDRESS");
    BOOST_TEST(refusal("list --all=yes") == "--all takes no value");
}

BOOST_AUTO_TEST_SUITE_END()
