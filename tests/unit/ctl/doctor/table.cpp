// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/doctor/table.h"

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

using namespace userd::ctl;

BOOST_AUTO_TEST_SUITE(doctor_table)

BOOST_AUTO_TEST_CASE(names_are_words_with_hyphens_and_each_stands_once) {
    std::set<std::string_view> names;
    for (const HostCheck& check : all_host_checks()) {
        BOOST_TEST(std::regex_match(std::string(check.name), std::regex("[a-z]+(-[a-z]+)*")), check.name);
        BOOST_TEST(names.insert(check.name).second, check.name);
        BOOST_TEST((check.look != nullptr), check.name);
    }
}

// Each row of the page has a check behind it, and each check a row
BOOST_AUTO_TEST_CASE(the_troubleshooting_page_has_a_row_for_each_and_no_other) {
    std::ifstream file(USERD_SOURCE_ROOT "/docs/troubleshooting.md");
    const std::string page{std::istreambuf_iterator<char>(file), {}};
    const std::regex row("\\| [^|\n]+ \\| [^|\n]+ \\| `([a-z-]+)` \\| [^|\n]+ \\|");
    std::set<std::string> seen;
    for (std::sregex_iterator at(page.begin(), page.end(), row), end; at != end; ++at) seen.insert((*at)[1]);
    for (const HostCheck& check : all_host_checks())
        BOOST_TEST(seen.erase(std::string(check.name)) == 1U, "the page lacks " << check.name);
    for (const std::string& other : seen) BOOST_TEST(false, "the doctor lacks " << other);
    std::size_t rows = 0;  // none of another form
    for (std::size_t at = 0; (at = page.find("\n| ", at)) != std::string::npos; ++at) ++rows;
    const std::size_t headings = 6;
    BOOST_TEST(rows == all_host_checks().size() + headings);
}

BOOST_AUTO_TEST_SUITE_END()
