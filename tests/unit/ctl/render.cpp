// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/render.h"

#include <boost/test/unit_test.hpp>
#include <clocale>
#include <nlohmann/json.hpp>

#include "ctl/field.h"

using namespace userd;
using namespace userd::ctl;

namespace {

using Words = std::vector<std::string>;

}  // namespace

BOOST_AUTO_TEST_SUITE(render)

BOOST_AUTO_TEST_CASE(a_person_sees_never_and_a_dash_for_what_is_not_set) {
    BOOST_TEST(shown("last_login", {}, true, 0) == "never");
    BOOST_TEST(shown("email", {}, true, 0) == "-");
    BOOST_TEST(shown("groups", Words{}, true, 0) == "-");
    BOOST_TEST(shown("groups", Words{"web", "ops"}, true, 0) == "web,ops");
    BOOST_TEST(shown("must_change", true, true, 0) == "yes");
}

BOOST_AUTO_TEST_CASE(a_name_cannot_repaint_the_terminal) {
    BOOST_TEST(shown("display_name", std::string("a\x1b[2J"), true, 0) == "a\\x1b[2J");
}

BOOST_AUTO_TEST_CASE(nor_does_it_in_json_or_in_a_table) {
    const std::string odd =
        "a\x1b[2J\n\x7f\xc2\x9b"
        "2J\xff\xc3\xbc\\x";
    BOOST_TEST(to_text(to_json("comment", odd)) ==
               "\"a\\u001b[2J\\n\\u007f\\u009b2J\xef\xbf\xbd\xc3\xbc\\\\x\"");
    const Words headings = {"COMMENT"};
    const std::vector<Words> rows = {{shown("comment", odd, true, 0)}};
    BOOST_TEST(table(headings, rows, false, false).find('\xc3') == std::string::npos);  // in the C locale
    std::setlocale(LC_CTYPE, "C.UTF-8");
    const std::string text = table(headings, rows, false, false);
    std::setlocale(LC_CTYPE, "C");
    BOOST_TEST(text == "a\\x1b[2J\\x0a\\x7f\\xc2\\x9b2J\\xff\xc3\xbc\\\\x\n");
}

BOOST_AUTO_TEST_CASE(the_name_of_a_file_is_the_same_text_everywhere) {
    const std::string path = R"(/srv/\xff\\ü)";  // as a record holds it: escaped once
    BOOST_TEST(shown("path", path, true, 0) == path);
    BOOST_TEST(csv_cell("path", path) == path);
    BOOST_TEST(to_json("path", path).get<std::string>() == path);
    BOOST_TEST(shown("path", std::string("\x1b[2J"), true, 0) == R"(\x1b[2J)");  // whatever is sent
    BOOST_TEST(shown("comment", path, true, 0) == R"(/srv/\\xff\\\\ü)");
}

BOOST_AUTO_TEST_CASE(json_has_null_for_what_is_not_set_and_rfc_3339_for_times) {
    BOOST_TEST(to_json("expires", {}).dump() == "null");
    BOOST_TEST(to_json("email", std::string()).dump() == "null");
    BOOST_TEST(to_json("groups", {}).dump() == "[]");
    BOOST_TEST(to_json("expires", std::int64_t{0}).dump() == "\"1970-01-01T00:00:00Z\"");
    BOOST_TEST(to_json("uid", std::int64_t{70001}).dump() == "70001");
}

BOOST_AUTO_TEST_CASE(a_lock_out_that_only_an_admin_ends_says_so_to_people) {
    const std::int64_t end = 253402300799;
    BOOST_TEST(shown("locked_until", end, true, 0) == "until an admin unlocks");
    BOOST_TEST(shown("expires", end, true, 0) != "until an admin unlocks");
    BOOST_TEST(to_json("locked_until", end).dump() == "\"9999-12-31T23:59:59Z\"");
}

BOOST_AUTO_TEST_CASE(metadata_is_nested_json) {
    BOOST_TEST(to_json("metadata", std::string("{\"a\":{\"b\":\"1\"}}")).dump() == "{\"a\":{\"b\":\"1\"}}");
}

BOOST_AUTO_TEST_CASE(an_object_in_json_has_every_field_of_its_kind) {
    const auto object = to_json(Fields{{"name", std::string("alice")}, {"must_change", false}}, 'u');
    BOOST_TEST(object["name"] == "alice");
    BOOST_TEST(object["locked_until"].is_null());
    BOOST_TEST(!object.contains("members"));
}

BOOST_AUTO_TEST_CASE(what_a_reader_may_not_see_is_left_out_rather_than_null) {
    const auto object = to_json(Fields{{"name", std::string("alice")}}, 'u');
    BOOST_TEST(object["display_name"].is_null());
    BOOST_TEST(!object.contains("email"));
    for (const Field& field : all_fields()) {
        const bool says = field.meaning.ends_with("Private") || field.meaning.ends_with("is private");
        BOOST_TEST(is_private(field) == says, field.name);
    }
}

BOOST_AUTO_TEST_CASE(csv_quotes_what_needs_it) {
    BOOST_TEST(csv_line(Words{"a", "b,c", "say \"x\""}) == "a,\"b,c\",\"say \"\"x\"\"\"\r\n");
    BOOST_TEST(csv_cell("groups", Words{"web", "ops"}) == "web,ops");
    BOOST_TEST(csv_cell("email", {}) == "");
}

BOOST_AUTO_TEST_CASE(a_table_lines_its_columns_up) {
    const std::vector<Words> rows = {{"alice", "active"}, {"bob", "suspended"}};
    BOOST_TEST(table(Words{"NAME", "STATE"}, rows, true, false) ==
               "NAME   STATE\nalice  active\nbob    suspended\n");
    BOOST_TEST(table(Words{"NAME", "STATE"}, rows, false, false) == "alice  active\nbob    suspended\n");
}

BOOST_AUTO_TEST_CASE(a_long_cell_is_never_cut) {
    const std::string name(300, 'x');
    BOOST_TEST(table(Words{"NAME", "UID"}, std::vector<Words>{{name, name}}, false, false) ==
               name + "  " + name + "\n");
}

BOOST_AUTO_TEST_CASE(numbers_are_grouped_by_thousands) {
    BOOST_TEST(grouped(4) == "4");
    BOOST_TEST(grouped(1204) == "1,204");
    BOOST_TEST(grouped(1000000) == "1,000,000");
    BOOST_TEST(heading("last_login") == "LAST LOGIN");
}

BOOST_AUTO_TEST_SUITE_END()
