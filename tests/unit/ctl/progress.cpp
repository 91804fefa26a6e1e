// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/progress.h"

#include <boost/test/unit_test.hpp>

#include "tests/unit/ctl/captured.h"

using namespace userd::ctl;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(progress)

BOOST_AUTO_TEST_CASE(count_rate_and_time_left) {
    Captured captured;
    const Progress users(captured.out, "reading users", 100'000), files(captured.out, "files");
    BOOST_TEST(users.text(12'000, 10s) == "reading users: 12,000 of 100,000 (1,200/s, 1 minute left)");
    BOOST_TEST(users.text(3, 2s) == "reading users: 3 of 100,000 (1.5/s, 18 hours left)");
    BOOST_TEST(users.text(0, 2s) == "reading users: 0 of 100,000");
    BOOST_TEST(files.text(500, 5s) == "files: 500 (100/s)");
}

BOOST_AUTO_TEST_CASE(short_work_shows_nothing) {
    const auto start = Progress::Clock::now();
    for (const bool terminal : {false, true}) {
        Captured captured({.terminal_errors = terminal});
        {
            Progress users(captured.out, "users", 10, start);
            users.at(9, start + 900ms);
        }
        BOOST_TEST(captured.noted().empty());
    }
}

BOOST_AUTO_TEST_CASE(a_terminal_has_one_line_that_goes_before_anything_else_is_said) {
    const auto start = Progress::Clock::now();
    Captured captured({.terminal_errors = true, .width = 20});
    {
        Progress users(captured.out, "users", 10, start);
        users.at(2, start + 1s);
        users.at(3, start + 1100ms);  // too soon to be read
        captured.out.note("a note");
        users.at(4, start + 2s);
    }
    BOOST_TEST(captured.noted() ==
               "\rusers: 2 of 10 (2.0\x1b[K\r\x1b[Ka note\n\rusers: 4 of 10 (2.0\x1b[K\r\x1b[K");
}

BOOST_AUTO_TEST_CASE(elsewhere_it_is_a_line_every_ten_seconds) {
    const auto start = Progress::Clock::now();
    Captured captured;
    Progress users(captured.out, "users", 100, start);
    for (int second = 0; second <= 21; ++second)
        users.at(static_cast<std::uint64_t>(second), start + std::chrono::seconds(second));
    BOOST_TEST(captured.noted() ==
               "users: 10 of 100 (1.0/s, 1 minute left)\nusers: 20 of 100 (1.0/s, 1 minute left)\n");
}

BOOST_AUTO_TEST_CASE(quiet_is_quiet) {
    const auto start = Progress::Clock::now();
    Captured captured({.quiet = true, .terminal_errors = true});
    {
        Progress users(captured.out, "users", 100, start);
        users.at(50, start + 20s);
    }
    BOOST_TEST(captured.noted().empty());
}

BOOST_AUTO_TEST_SUITE_END()
