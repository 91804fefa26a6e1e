// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bulk/form.h"

#include <boost/test/unit_test.hpp>

using namespace userd;

BOOST_AUTO_TEST_SUITE(form)

BOOST_AUTO_TEST_CASE(times_metadata_and_what_is_not_set) {
    BOOST_TEST(rfc3339(1806503400) == "2027-03-31T14:30:00Z");
    BOOST_TEST(json_text("expires", std::int64_t{1806503400}) == "\"2027-03-31T14:30:00Z\"");
    BOOST_TEST(json_text("uid", std::int64_t{70042}) == "70042");
    BOOST_TEST(json_text("metadata", std::string(R"({"a":{"b":1}})")) == R"({"a":{"b":1}})");
    BOOST_TEST(json_text("shell", std::string()) == "null");
    BOOST_TEST(json_text("shell", Value()) == "null");
}

BOOST_AUTO_TEST_CASE(cells_are_quoted_where_they_must_be) {
    BOOST_TEST(csv_cell("display_name", std::string("Alice")) == "Alice");
    BOOST_TEST(csv_cell("display_name", std::string("A, \"B\"")) == "\"A, \"\"B\"\"\"");
    BOOST_TEST(csv_cell("groups", std::vector<std::string>{"web", "ops"}) == "\"web,ops\"");
}

BOOST_AUTO_TEST_CASE(no_cell_is_a_formula) {
    for (const char* text : {"=1+1", "+1", "-1", "@SUM(A1)", "'x"})
        BOOST_TEST(csv_cell("display_name", std::string(text)) == "'" + std::string(text));
    BOOST_TEST(csv_cell("phone", std::string("+440123456789")) == "+440123456789");
}

BOOST_AUTO_TEST_SUITE_END()
