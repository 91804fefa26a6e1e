// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/yaml_text.h"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

using namespace userd::ctl;
using json = nlohmann::ordered_json;

BOOST_AUTO_TEST_SUITE(yaml_text)

BOOST_AUTO_TEST_CASE(one_key_a_line_and_tables_nested) {
    BOOST_TEST(to_yaml({{"name", "alice"},
                        {"uid", 70001},
                        {"phone", nullptr},
                        {"groups", {"web", "ops"}},
                        {"tags", json::array()},
                        {"metadata", {{"cost", {{"center", "4711"}}}, {"none", json::object()}}}}) ==
               "name: alice\nuid: 70001\nphone: null\ngroups: [web, ops]\ntags: []\n"
               "metadata:\n  cost:\n    center: \"4711\"\n  none: {}\n");
}

BOOST_AUTO_TEST_CASE(what_another_reader_takes_for_something_else_is_quoted) {
    for (const char* text :
         {"on",  "No", "null", "~",  "0755", "1e3", "2026-01-01", "",   " a",   "a ",       "a: b", "a #b",
          "- a", "[a", "*a",   "&a", "!a",   "%a",  "@a",         "`a", "a\nb", "\x1b[31m", "ä"})
        BOOST_TEST(to_yaml({{"k", text}}) == "k: " + json(text).dump() + "\n", text);
    for (const char* text : {"/bin/sh", "alice@example.org", "Alice Example", "a-b_c.d+e/f"})
        BOOST_TEST(to_yaml({{"k", text}}) == std::string("k: ") + text + "\n", text);
}

BOOST_AUTO_TEST_SUITE_END()
