// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/directory/name_rule.h"

#include "tests/unit/store/support.h"

using namespace userd;
using namespace userd::test;

BOOST_AUTO_TEST_SUITE(name_rule)

BOOST_AUTO_TEST_CASE(plain_names_pass) {
    const NameRule rule{Config{}};
    for (const std::string name : {"a", "_x", "alice", "web-1", "a_b", "abcdefghijklmnopqrstuvwxyz01234"})
        BOOST_TEST(rule.check(name).has_value(), name);
}

BOOST_AUTO_TEST_CASE(odd_names_are_refused_with_the_field) {
    const NameRule rule{Config{}};
    for (const std::string name : {"", "Alice", "1a", "-a", "a b", "a.b", "a:b", "a/b", "a\n", "ä",
                                   "abcdefghijklmnopqrstuvwxyz012345"}) {
        const auto result = rule.check(name);
        BOOST_TEST(code_of(result) == Errc::invalid);
        BOOST_TEST(result.error().field == "name");
    }
}

BOOST_AUTO_TEST_CASE(no_pattern_lets_a_name_through_that_lookups_refuse) {
    Config config;
    config.users.name_pattern = ".*";
    const NameRule rule{config};
    BOOST_TEST(rule.check("Alice.B").has_value());
    for (const std::string name : {"a:b", "-x", "..", "123", "a\nb"}) BOOST_TEST(!rule.check(name));
}

BOOST_AUTO_TEST_SUITE_END()
