// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/complete.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdlib>

#include "ctl/command.h"

using namespace userd::ctl;

namespace {

using Words = std::vector<std::string>;

// Without a daemon: what the table alone knows.
Words offered(Words words) {
    setenv("USERD_ROOT", "/nonexistent", 1);
    Client client({});
    return candidates(client, words);
}

bool has_word(const Words& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(complete)

BOOST_AUTO_TEST_CASE(the_first_word_is_a_command_or_a_noun) {
    BOOST_TEST(offered({"cr"}) == Words{"create"});
    BOOST_TEST(has_word(offered({""}), "group"));
    BOOST_TEST(!has_word(offered({"__"}), "__complete"));
}

BOOST_AUTO_TEST_CASE(every_command_of_the_table_is_offered) {
    for (const Command* command : all_commands()) {
        if (has(command->traits, Trait::hidden) || command->verb.empty()) continue;
        const auto words =
            command->noun == "user" ? offered({""}) : offered({std::string(command->noun), ""});
        BOOST_TEST(has_word(words, command->verb), title(*command));
    }
}

BOOST_AUTO_TEST_CASE(options_and_their_words_are_offered) {
    BOOST_TEST(offered({"list", "--stat"}) == Words{"--state"});
    BOOST_TEST(offered({"list", "--state", "s"}) == Words{"suspended"});
    BOOST_TEST(offered({"list", "--state=s"}) == Words{"--state=suspended"});
    BOOST_TEST(offered({"list", "--columns", "name,last_l"}) == Words{"name,last_login"});
    BOOST_TEST(offered({"create", "x", "--totp-file", ""}) == Words{"FILE"});
    BOOST_TEST(offered({"list", "--source", "l"}) == Words{"local"});
}

BOOST_AUTO_TEST_CASE(without_a_daemon_there_are_no_names) {
    BOOST_TEST(offered({"get", ""}).empty());
    BOOST_TEST(offered({"ldap", "status", ""}).empty());
}

BOOST_AUTO_TEST_CASE(there_is_a_script_for_each_shell) {
    for (const char* shell : {"bash", "zsh", "fish"})
        BOOST_TEST(completion_script(shell).find("userctl __complete --") != std::string_view::npos);
    BOOST_TEST(completion_script("csh").empty());
}

BOOST_AUTO_TEST_SUITE_END()
