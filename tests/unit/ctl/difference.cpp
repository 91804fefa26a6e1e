// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/difference.h"

#include <boost/test/unit_test.hpp>

using namespace userd;
using namespace userd::ctl;
using Words = std::vector<std::string>;

BOOST_AUTO_TEST_SUITE(difference)

BOOST_AUTO_TEST_CASE(lists_show_what_comes_and_goes_and_values_both_sides) {
    const Fields before = {{"groups", Words{"web", "staff"}}, {"shell", std::string("/bin/sh")}};
    const Fields after = {{"groups", Words{"ops", "staff"}}, {"shell", std::string("/bin/bash")}};
    const auto lines = differences(before, after, {"groups", "shell"});
    BOOST_TEST(difference_line('~', "alice", lines) ==
               "  ~ alice   shell: /bin/sh → /bin/bash     groups: +ops -web");
    BOOST_TEST(differences(before, after, {"email"}).empty());
}

BOOST_AUTO_TEST_CASE(tables_are_compared_value_by_value) {
    const Fields before = {{"metadata", std::string(R"({"a":{"b":1,"c":2}})")}};
    const Fields after = {{"metadata", std::string(R"({"a":{"b":1,"d":"x"}})")}};
    BOOST_TEST(differences(before, after, {"metadata"}) ==
               (Words{"metadata.a.c: 2 → -", "metadata.a.d: - → x"}));
    BOOST_TEST(differences({}, after, {"metadata"}) == (Words{"metadata.a.b: - → 1", "metadata.a.d: - → x"}));
}

BOOST_AUTO_TEST_CASE(control_characters_do_not_reach_the_terminal) {
    const Fields after = {{"display_name", std::string("a\033[31mb")}};
    BOOST_TEST(differences({}, after, {"display_name"}) == Words{"display_name: - → a\\x1b[31mb"});
}

BOOST_AUTO_TEST_SUITE_END()
