// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/check/rule.h"

#include <fmt/core.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

using namespace userd;

BOOST_AUTO_TEST_SUITE(rule)

BOOST_AUTO_TEST_CASE(names_are_words_with_hyphens_and_each_stands_once) {
    std::set<std::string_view> names;
    for (const auto& row : all_rules()) {
        BOOST_TEST(std::regex_match(std::string(row.name), std::regex("[a-z]+(-[a-z]+)+")), row.name);
        BOOST_TEST(names.insert(row.name).second, row.name);
        BOOST_TEST((row.look_at_user != nullptr || row.look_at_all != nullptr), row.name);
        BOOST_TEST(find_rule(row.name) == &row);
    }
    BOOST_TEST(find_rule("nonsense") == nullptr);
}

BOOST_AUTO_TEST_CASE(the_reference_page_lists_them_as_they_are) {
    std::ifstream file(USERD_SOURCE_ROOT "/docs/reference/check.md");
    std::ostringstream page;
    page << file.rdbuf();
    std::string table;
    for (const auto& row : all_rules())
        table += fmt::format("| `{}` | {} | {} | {} |\n", row.name, to_word(row.severity), row.meaning,
                             row.repair.empty() ? "left to you" : row.repair);
    BOOST_TEST(page.str().find(table) != std::string::npos, "it should read:\n" << table);
}

BOOST_AUTO_TEST_SUITE_END()
