// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bulk/cell.h"

#include <boost/test/unit_test.hpp>

using namespace userd;

BOOST_AUTO_TEST_SUITE(cell)

BOOST_AUTO_TEST_CASE(lists_numbers_and_flags) {
    const auto list = parse_cell("groups", "web, ops;staff,").value();
    BOOST_TEST((std::get<std::vector<std::string>>(list) == std::vector<std::string>{"web", "ops", "staff"}));
    BOOST_TEST(std::get<std::int64_t>(parse_cell("uid", "70042").value()) == 70042);
    BOOST_TEST(std::get<bool>(parse_cell("must_change", "yes").value()));
    BOOST_TEST(std::get<std::string>(parse_cell("shell", "/bin/sh").value()) == "/bin/sh");
    for (const char* text : {"-1", "x", "99999999999"})
        BOOST_TEST(!parse_cell("uid", text).has_value(), text);
    BOOST_TEST(!parse_cell("must_change", "maybe").has_value());
}

BOOST_AUTO_TEST_CASE(times) {
    const auto at = [](std::string_view text) {
        return std::get<std::int64_t>(parse_cell("expires", text).value());
    };
    BOOST_TEST(at("2027-03-31") == 1806451200);
    BOOST_TEST(at("2027-03-31T14:30:00Z") == 1806503400);
    BOOST_TEST(at("2027-03-31 14:30:00+02:00") == 1806496200);
    BOOST_TEST(at("never") == -1);
    for (const char* text : {"2027-02-30", "31.3.2027", "2027-03-31T25:00:00Z", "2027-03-31T14:30",
                             "2027-03-31T14:30:00", "2027-03-31T14:30:00Zx", ""})
        BOOST_TEST(!parse_cell("expires", text).has_value(), text);
}

BOOST_AUTO_TEST_SUITE_END()
