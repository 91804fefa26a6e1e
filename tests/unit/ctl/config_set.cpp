// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/config_set.h"

#include <boost/test/unit_test.hpp>

using namespace userd;
using namespace userd::ctl;

namespace {

// The file after one setting more, without its first line; the first fault when it is refused.
std::string after(std::string_view text, const std::string& key, const std::string& value,
                  const std::string& in_force = "") {
    const auto loaded = parse_config(in_force, "userd.yaml");
    BOOST_REQUIRE(loaded.config);
    const auto result = with_setting(text, "90.yaml", key, value, *loaded.config);
    if (!result) return "refused: " + result.error().front().message;
    BOOST_TEST(result->starts_with("# Written by"));
    return result->substr(result->find('\n') + 1);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(config_set)

BOOST_AUTO_TEST_CASE(a_setting_is_added_changed_and_taken_out) {
    BOOST_TEST(after("", "users.shell", "/bin/zsh") == "users:\n  shell: /bin/zsh\n");
    BOOST_TEST(after("users: {shell: /bin/zsh, home: /h/{name}}", "users.shell", "/bin/sh") !=
               "users:\n  shell: /bin/sh\n");
    BOOST_TEST(after("users:\n  shell: /bin/zsh\n", "log.level", "debug") ==
               "users:\n  shell: /bin/zsh\nlog:\n  level: debug\n");
    BOOST_TEST(after("users:\n  shell: /bin/zsh\nlog:\n  level: debug\n", "users.shell", "") ==
               "log:\n  level: debug\n");
    BOOST_TEST(after("log:\n  level: debug\n", "log.level", "") == "");
    BOOST_TEST(after("", "local_groups", "[sudo, adm]") == "local_groups:\n  - sudo\n  - adm\n");
    BOOST_TEST(after("", "contact.admin", "\"0755: x\"") == "contact:\n  admin: \"0755: x\"\n");
}

BOOST_AUTO_TEST_CASE(the_other_parts_of_a_key_that_is_replaced_whole_come_along) {
    BOOST_TEST(after("", "users.name.min", "3", "users: {name: {max: 20}}") ==
               "users:\n  name:\n    max: 20\n    min: 3\n");
    BOOST_TEST(after("users: {name: {min: 2}}", "users.name.min", "3", "users: {name: {max: 20}}") ==
               "users:\n  name:\n    min: 3\n");  // it was decided when the file was written
}

BOOST_AUTO_TEST_CASE(what_is_not_yaml_is_refused) {
    BOOST_TEST(after("", "local_groups", "[sudo").starts_with("refused: not YAML"));
    BOOST_TEST(after("{", "log.level", "debug").starts_with("refused: not YAML"));
}

BOOST_AUTO_TEST_SUITE_END()
