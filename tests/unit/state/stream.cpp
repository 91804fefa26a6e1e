// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/unit/state/support.h"

using namespace userd;
using namespace userd::test;
using namespace userd::state;

namespace {

std::string refusal(std::string_view stream) {
    const auto wanted = parse_wanted(stream, nullptr);
    return wanted ? "taken" : wanted.error().message;
}
const std::string head = "{\"version\":1,\"set\":\"s\"}\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(stream)

BOOST_AUTO_TEST_CASE(a_line_is_an_object_and_what_is_not_set_is_not_managed) {
    const auto wanted = must(parse_wanted(head + R"({"group":"web","members":[]}
{"user":"alice","groups":null,"phone":null,"uid":70001}
{"user":"carol"})",
                                          nullptr));
    BOOST_TEST(wanted.groups.at(0).members.has_value());
    BOOST_TEST(wanted.users.at(0).groups.has_value());
    BOOST_TEST(wanted.users.at(0).fields.size() == 2U);
    BOOST_TEST(!wanted.users.at(1).groups.has_value());
    BOOST_TEST(!wanted.users.at(1).password.has_value());
}

BOOST_AUTO_TEST_CASE(what_is_not_of_the_form_is_refused_by_its_line) {
    BOOST_TEST(refusal("") == "the state stream is empty");
    BOOST_TEST(refusal("{}") == "line 1 of the state stream: the head has no set");
    BOOST_TEST(refusal("{\"version\":2,\"set\":\"s\"}") == "line 1 of the state stream: not version 1");
    BOOST_TEST(refusal(head + "[]").starts_with("line 2"));
    BOOST_TEST(refusal(head + "{\"user\":1}") == "line 2 of the state stream: user is a text");
    BOOST_TEST(refusal(head + "{}") == "line 2 of the state stream: neither a user nor a group");
    BOOST_TEST(refusal(head + "{\"user\":\"a\",\"state\":\"gone\"}").starts_with("line 2"));
    BOOST_TEST(refusal(head + "{\"user\":\"a\",\"password\":{\"plain\":\"x\"}}").starts_with("line 2"));
    BOOST_TEST(refusal(head + "{\"user\":\"a\",\"x\":{\"y\":1}}").starts_with("line 2"));
    BOOST_TEST(refusal("\xFF") == "the state stream is not UTF-8");
}

BOOST_AUTO_TEST_CASE(depth_and_length_are_bounded) {
    const auto deep = [](std::size_t levels) {
        return head + "{\"user\":\"a\",\"metadata\":" + std::string(levels, '[') + std::string(levels, ']') +
               "}";
    };
    BOOST_TEST(refusal(deep(100000)).starts_with("line 2"));
    BOOST_TEST(refusal(head + "{\"user\":\"" + std::string(2 << 20, 'a') + "\"}") ==
               "line 2 of the state stream: longer than 1 MiB");
}

BOOST_AUTO_TEST_SUITE_END()
