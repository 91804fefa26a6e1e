// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/base/json.h"

#include <boost/test/unit_test.hpp>

using namespace userd;

namespace {

std::string json_of(std::string_view text) {
    std::string json = "x";
    append_json_string(json, text);
    return json.substr(1);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json)

BOOST_AUTO_TEST_CASE(a_text_is_quoted_and_appended) {
    BOOST_TEST(json_of("") == "\"\"");
    BOOST_TEST(json_of("Paula Person ~1") == "\"Paula Person ~1\"");
}

BOOST_AUTO_TEST_CASE(what_json_does_not_let_stand_is_escaped) {
    BOOST_TEST(json_of("a\"b\\c\n\x01") == "\"a\\\"b\\\\c\\n\\u0001\"");
}

BOOST_AUTO_TEST_CASE(only_bytes_that_are_not_utf_8_are_replaced) {
    BOOST_TEST(json_of("gr\xc3\xbc\xc3\x9f") == "\"gr\xc3\xbc\xc3\x9f\"");
    BOOST_TEST(json_of("a\xff") == "\"a\xef\xbf\xbd\"");
}

BOOST_AUTO_TEST_SUITE_END()
