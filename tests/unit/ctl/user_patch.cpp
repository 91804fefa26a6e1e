// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/user_patch.h"

#include <boost/test/unit_test.hpp>

#include "common/base/text.h"

using namespace userd;
using namespace userd::ctl;

namespace {

using Words = std::vector<std::string>;
constexpr std::int64_t now = 1'000'000;
const Fields before = {{"metadata", std::string(R"({"a":{"b":1,"c":2}})")}};

Fields fields_of(std::string_view text) {
    const auto patch = parse_user_patch(text, "f", before, now);
    return patch ? patch->fields : Fields{{"refused", patch.error().front().message}};
}

// "FILE:LINE:COLUMN: message" of the first fault.
std::string refusal(std::string_view text) {
    const auto patch = parse_user_patch(text, "f", before, now);
    if (patch) return "accepted";
    const ConfigProblem& fault = patch.error().front();
    return fmt::format("{}:{}: {}", fault.line, fault.column, fault.message);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(user_patch)

BOOST_AUTO_TEST_CASE(json_and_yaml_say_the_same) {
    const Fields json = fields_of(
        R"({"phone":null,"expires":null,"tags":["x"],"metadata":{"a":{"b":null}},"shell":"/bin/sh","must_change":true})");
    const Fields yaml = fields_of(
        "phone:\nexpires: ~\ntags: [x]\nmetadata:\n  a:\n    b: null\nshell: /bin/sh\nmust_change: true\n");
    BOOST_TEST((json == yaml));
    BOOST_TEST(std::holds_alternative<std::monostate>(json.at("phone")));
    BOOST_TEST(std::get<std::int64_t>(json.at("expires")) == -1);
    BOOST_TEST(std::get<Words>(json.at("tags")) == Words{"x"});
    BOOST_TEST(std::get<std::string>(json.at("metadata")) == R"({"a":{"c":2}})");
    BOOST_TEST(std::get<bool>(json.at("must_change")));
}

BOOST_AUTO_TEST_CASE(metadata_keeps_the_kinds_of_its_values) {
    const Fields fields =
        fields_of("metadata: {a: null, n: 4711, t: \"4711\", f: true, s: free text, l: [1, x]}");
    BOOST_TEST(std::get<std::string>(fields.at("metadata")) ==
               R"({"n":4711,"t":"4711","f":true,"s":"free text","l":[1,"x"]})");
    BOOST_TEST(std::get<std::string>(fields_of("metadata: null").at("metadata")).empty());
}

BOOST_AUTO_TEST_CASE(escapes_of_json_are_read) {
    BOOST_TEST(std::get<std::string>(
                   fields_of(R"({"display_name":"J\u00f6rg \ud83d\ude00"})").at("display_name")) == "Jörg 😀");
    std::string deep = R"({"metadata":"\ud83d",)" + std::string(100'000, '[');
    BOOST_TEST(refusal(deep) != "accepted");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_has_its_place) {
    BOOST_TEST(refusal("shell: /bin/sh\nemial: x\n") ==
               "2:1: unknown field \"emial\". Did you mean \"email\"?");
    BOOST_TEST(refusal("{\"shell\": \"/bin/sh\",\n \"tags\": \"x\"}") == "2:10: tags is a list: [one, two]");
    BOOST_TEST(refusal("phone: 00441234") == "1:8: 00441234 looks like an octal number: put it in quotes");
    BOOST_TEST(refusal("metadata: {mode: 0755}") ==
               "1:18: 0755 looks like an octal number: put it in quotes");
    BOOST_TEST(refusal("uid: \"70001\"") == "1:6: uid is a number");
    BOOST_TEST(refusal("must_change: 1") == "1:14: must_change is true or false");
    BOOST_TEST(refusal("expires: soon") == "1:10: \"soon\" is not a time");
    BOOST_TEST(refusal("shell: [a]") == "1:8: shell is one value");
    BOOST_TEST(refusal("[]") == "1:1: a table of fields is expected: shell: /bin/sh");
    BOOST_TEST(refusal("shell: /bin/sh\nshell: /bin/bash\n") ==
               "2:1: key \"shell\" stands here twice (first in line 1)");
    BOOST_TEST(refusal("{\"shell\": ") != "accepted");
    BOOST_TEST(refusal("recovery_left: 3").starts_with("1:1: unknown field"));
}

BOOST_AUTO_TEST_CASE(nothing_asks_for_nothing) {
    BOOST_TEST(fields_of("").empty());
    BOOST_TEST(fields_of("{}").empty());
    BOOST_TEST(fields_of("# only a remark\n").empty());
}

BOOST_AUTO_TEST_CASE(what_the_daemon_refuses_is_told_with_its_place) {
    const auto patch = parse_user_patch("shell: /bin/sh\nemail: nonsense\n", "f.yaml", {}, now);
    BOOST_REQUIRE(patch.has_value());
    Problem said = problem(Exit::invalid, "it has no @").with_field("email");
    const Problem told = placed(said, *patch);
    BOOST_TEST(told.message == "f.yaml:2:8: it has no @");
    BOOST_TEST(told.excerpt == "    2 | email: nonsense\n      |        ^~~~~~~~");
    said.field = "shoe";
    BOOST_TEST(placed(said, *patch).message == "it has no @");
}

BOOST_AUTO_TEST_SUITE_END()
