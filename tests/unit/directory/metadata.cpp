// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/directory/metadata.h"

#include "tests/unit/store/support.h"

using namespace userd;
using namespace userd::test;

BOOST_AUTO_TEST_SUITE(metadata)

BOOST_AUTO_TEST_CASE(an_object_is_kept_in_its_shortest_form) {
    BOOST_TEST(must(parse_metadata(R"({ "b" : [1, 2],  "a": {"x": null} })")) ==
               R"({"a":{"x":null},"b":[1,2]})");
    BOOST_TEST(must(parse_metadata("")) == "{}");
}

BOOST_AUTO_TEST_CASE(what_is_no_object_is_refused) {
    for (const std::string text : {"[]", "1", "{", "{\"a\":}", "\"x\"", "{\"a\":\"\xFF\"}"})
        BOOST_TEST(parse_metadata(text).error().field == "metadata");
}

BOOST_AUTO_TEST_CASE(size_and_depth_are_bounded) {
    BOOST_TEST(must(parse_metadata("{\"a\":\"" + std::string(16000, 'x') + "\"}")).size() == 16008U);
    BOOST_TEST(!parse_metadata("{\"a\":\"" + std::string(17000, 'x') + "\"}"));
    BOOST_TEST(!parse_metadata("{\"a\":" + std::string(8000, '[') + std::string(8000, ']') + "}"));
    BOOST_TEST(parse_metadata(R"({"a":"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"[["})").has_value());
}

BOOST_AUTO_TEST_CASE(single_values_are_set_and_removed_by_path) {
    auto json = must(merge_metadata("{}", {{"team.lead", "alice"}, {"floor", "3"}}));
    BOOST_TEST(json == R"({"floor":"3","team":{"lead":"alice"}})");
    json = must(merge_metadata(json, {{"team.lead", ""}, {"gone.for.good", ""}}));
    BOOST_TEST(json == R"({"floor":"3","team":{}})");
    BOOST_TEST(!merge_metadata("{}", {{"a..b", "1"}}));
    BOOST_TEST(!merge_metadata("{}", {{"a", std::string(17000, 'x')}}));
}

BOOST_AUTO_TEST_SUITE_END()
