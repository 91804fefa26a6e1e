// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/output.h"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "common/base/text.h"
#include "ctl/list_printer.h"
#include "tests/unit/ctl/captured.h"

using namespace userd;
using namespace userd::ctl;

namespace {

using Words = std::vector<std::string>;

Fields user(const char* name, std::int64_t uid) {
    return {{"name", std::string(name)}, {"uid", uid}};
}

Listing three_of_many() {
    return {
        "users", 'u', {"name", "uid"}, {user("alice", 70001), user("bob", 70002), user("carol", 70003)}, 1204,
        3,       0};
}

Problem refusal() {
    return {Exit::conflict,
            "org.userd1.Error.NotSuspended",
            "Cannot delete alice: only a suspended user can be deleted (state: active)",
            "userctl suspend alice",
            "",
            "alice"};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(output)

BOOST_AUTO_TEST_CASE(a_refusal_says_what_why_and_what_to_do) {
    Captured captured;
    captured.out.problem(refusal());
    BOOST_TEST(captured.noted() ==
               "✗ Cannot delete alice: only a suspended user can be deleted (state: active).\n"
               "  Try: userctl suspend alice\n");
    BOOST_TEST(captured.said().empty());
}

BOOST_AUTO_TEST_CASE(a_refusal_in_json_is_one_object_on_standard_error) {
    Captured captured({.json = Json::compact});
    captured.out.problem(refusal());
    const auto error = nlohmann::json::parse(captured.noted())["error"];
    BOOST_TEST(error["name"] == "org.userd1.Error.NotSuspended");
    BOOST_TEST(error["hint"] == "userctl suspend alice");
    BOOST_TEST(error["field"].is_null());
    BOOST_TEST(error["target"] == "alice");
}

BOOST_AUTO_TEST_CASE(a_list_says_how_many_are_left_out_in_every_form) {
    for (OutputOptions options : {OutputOptions{}, OutputOptions{.json = Json::pretty},
                                  OutputOptions{.quiet = true}, OutputOptions{.csv = true}}) {
        Captured captured(options);
        captured.out.list(three_of_many());
        BOOST_TEST(captured.noted() == "3 of 1,204 shown (--all, or --offset 3)\n");
    }
}

BOOST_AUTO_TEST_CASE(a_list_is_a_table_for_people) {
    Captured captured;
    captured.out.list(three_of_many());
    BOOST_TEST(captured.said() == "NAME   UID\nalice  70001\nbob    70002\ncarol  70003\n");
}

BOOST_AUTO_TEST_CASE(a_list_in_json_has_its_place_among_all) {
    Captured captured({.json = Json::compact, .columns = {"name"}});
    captured.out.list(three_of_many());
    BOOST_TEST(captured.said() ==
               "{\"users\":[{\"name\":\"alice\"},{\"name\":\"bob\"},{\"name\":\"carol\"}],"
               "\"total\":1204,\"limit\":3,\"offset\":0,\"next\":3}\n");
}

BOOST_AUTO_TEST_CASE(json_lines_are_one_object_a_line) {
    Captured captured({.json = Json::lines, .columns = {"name"}});
    captured.out.list(three_of_many());
    BOOST_TEST(captured.said() == "{\"name\":\"alice\"}\n{\"name\":\"bob\"}\n{\"name\":\"carol\"}\n");
}

BOOST_AUTO_TEST_CASE(quiet_prints_names_or_the_column_asked_for) {
    Captured names({.quiet = true}), ids({.quiet = true, .columns = {"uid"}});
    names.out.list(three_of_many());
    ids.out.list(three_of_many());
    BOOST_TEST(names.said() == "alice\nbob\ncarol\n");
    BOOST_TEST(ids.said() == "70001\n70002\n70003\n");
}

BOOST_AUTO_TEST_CASE(csv_has_the_field_names_as_its_header) {
    Captured captured({.csv = true});
    captured.out.list(three_of_many());
    BOOST_TEST(captured.said() == "name,uid\r\nalice,70001\r\nbob,70002\r\ncarol,70003\r\n");
}

BOOST_AUTO_TEST_CASE(no_legend_leaves_out_headings_and_notices) {
    Captured captured({.legend = false});
    captured.out.list(three_of_many());
    BOOST_TEST(captured.said() == "alice  70001\nbob    70002\ncarol  70003\n");
    BOOST_TEST(captured.noted().empty());
}

BOOST_AUTO_TEST_CASE(a_change_in_json_is_one_object_with_its_secret) {
    Captured captured({.json = Json::compact});
    captured.out.changed("created", user("alice", 70001), "Created alice.");
    captured.out.disclose("password", "lunar-orbit");
    captured.out.finish();
    BOOST_TEST(
        captured.said() ==
        "{\"changed\":true,\"created\":[{\"name\":\"alice\",\"uid\":70001,\"password\":\"lunar-orbit\"}]}\n");
}

BOOST_AUTO_TEST_CASE(a_change_for_people_is_one_line_and_quiet_only_the_name) {
    Captured person, script({.quiet = true});
    for (Captured* captured : {&person, &script}) {
        captured->out.changed("suspended", user("bob", 70002), "Suspended bob.");
        captured->out.finish();
    }
    BOOST_TEST(person.said() == "Suspended bob.\n");
    BOOST_TEST(script.said() == "bob\n");
}

BOOST_AUTO_TEST_CASE(nothing_to_do_is_no_change) {
    Captured person, program({.json = Json::compact});
    for (Captured* captured : {&person, &program}) {
        captured->out.unchanged(user("bob", 70002), "bob is suspended");
        captured->out.finish();
    }
    BOOST_TEST(person.said() == "bob is suspended: nothing to do\n");
    BOOST_TEST(nlohmann::json::parse(program.said())["changed"] == false);
}

BOOST_AUTO_TEST_CASE(a_deed_without_an_object_tells_programs_too) {
    Captured person, program({.json = Json::compact});
    for (Captured* captured : {&person, &program}) {
        captured->out.did(true, "Reloaded the configuration.");
        captured->out.finish();
    }
    BOOST_TEST(person.said() == "Reloaded the configuration.\n");
    BOOST_TEST(program.said() == "{\"changed\":true}\n");
}

BOOST_AUTO_TEST_CASE(one_object_is_an_object_and_several_are_an_array) {
    Captured one({.json = Json::compact}), several({.json = Json::compact});
    one.out.object(user("alice", 70001), 'u', false);
    several.out.objects({user("alice", 70001), user("bob", 70002)}, 'u');
    BOOST_TEST(nlohmann::json::parse(one.said())["name"] == "alice");
    BOOST_TEST(nlohmann::json::parse(several.said()).size() == 2U);
}

BOOST_AUTO_TEST_CASE(bare_values_are_for_scripts) {
    Captured captured;
    captured.out.values(user("alice", 70001), {"uid"});
    BOOST_TEST(captured.said() == "70001\n");
}

// The widest cell of a column stands on one page alone.
std::vector<Fields> many_rows() {
    std::vector<Fields> rows;
    for (int i = 0; i < 2500; ++i)
        rows.push_back(
            user(fmt::format("{}{}", i == 1700 ? "somebody-with-a-long-name" : "p", i).c_str(), i));
    return rows;
}

BOOST_AUTO_TEST_CASE(a_list_reads_the_same_when_it_comes_page_by_page) {
    for (OutputOptions options :
         {OutputOptions{}, OutputOptions{.json = Json::pretty}, OutputOptions{.json = Json::compact},
          OutputOptions{.json = Json::lines}, OutputOptions{.quiet = true}, OutputOptions{.csv = true}}) {
        Captured whole(options), paged(options);
        Listing listing{"users", 'u', {"name", "uid"}, many_rows(), 2500, 0, 0};
        whole.out.list(listing);
        const auto rows = std::exchange(listing.rows, {});
        ListPrinter printer(paged.out, listing);
        for (auto at = rows.begin(); at != rows.end();) {
            const auto end = at + std::min<std::ptrdiff_t>(700, rows.end() - at);
            printer.rows({at, end});
            at = end;
        }
        printer.finish();
        BOOST_TEST((whole.said() == paged.said()));
    }
}

BOOST_AUTO_TEST_CASE(a_list_in_json_is_what_one_tree_would_print) {
    for (const bool is_empty : {false, true}) {
        Captured captured({.json = Json::pretty});
        captured.out.list(is_empty ? Listing{"users", 'u', {}, {}, 0, 0, 0} : three_of_many());
        const auto text = captured.said();
        BOOST_TEST(nlohmann::ordered_json::parse(text).dump(2) + "\n" == text);
    }
}

BOOST_AUTO_TEST_CASE(the_columns_of_a_long_table_are_as_wide_as_its_widest_cell) {
    Captured captured;
    captured.out.list({"users", 'u', {"name", "uid"}, many_rows(), 2500, 0, 0});
    const auto text = captured.said();
    const auto lines = split(std::string_view(text).substr(0, text.size() - 1), '\n');
    BOOST_REQUIRE(lines.size() == 2501U);
    const auto wide = std::string_view("somebody-with-a-long-name1700").size();
    BOOST_TEST(
        (std::all_of(lines.begin(), lines.end(), [&](auto line) { return line.rfind(' ') == wide + 1; })));
    BOOST_TEST(lines[2500] == fmt::format("{:{}}  2499", "p2499", wide));
}

BOOST_AUTO_TEST_SUITE_END()
