// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/lockout.h"

#include <boost/test/unit_test.hpp>

using namespace userd;
using namespace std::chrono_literals;
using store::Counter;

namespace {

const LockoutRules rules{Config{}};
const Time start = from_unix(1'800'000'000);

Counter wrong_tries(Counter counter, int tries, Time now) {
    for (int i = 0; i < tries; ++i) counter = after_wrong(with_ticket(counter), rules, now);
    return counter;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lockout)

BOOST_AUTO_TEST_CASE(the_fifth_wrong_try_locks_for_a_quarter_of_an_hour) {
    Counter counter = wrong_tries({}, 4, start);
    BOOST_TEST(!is_locked(counter, start));
    BOOST_TEST(free_tickets(counter, rules, start) == 1);
    counter = wrong_tries(counter, 1, start);
    BOOST_TEST(is_locked(counter, start + 15min - 1s));
    BOOST_TEST(free_tickets(counter, rules, start + 15min - 1s) == 0);
    BOOST_TEST(!is_locked(counter, start + 15min));
    BOOST_TEST(free_tickets(counter, rules, start + 15min) == 5);
}

BOOST_AUTO_TEST_CASE(each_further_lock_out_is_longer_up_to_an_hour) {
    Counter counter;
    Time now = start;
    for (const auto length : {15min, 30min, 60min, 60min}) {
        counter = wrong_tries(counter, 5, now);
        BOOST_TEST((*counter.locked_until - now == length));
        now = *counter.locked_until;
    }
    BOOST_TEST(counter.total == 20);
}

BOOST_AUTO_TEST_CASE(tries_under_way_hold_tickets) {
    Counter counter;
    for (int i = 0; i < 5; ++i) counter = with_ticket(counter);
    BOOST_TEST(free_tickets(counter, rules, start) == 0);
    BOOST_TEST(!is_locked(counter, start));
    counter = after_right(counter);
    BOOST_TEST(counter.open == 4);
    BOOST_TEST(free_tickets(counter, rules, start) == 1);
}

BOOST_AUTO_TEST_CASE(a_right_try_forgives_and_a_neutral_one_does_not) {
    Counter counter = wrong_tries({}, 3, start);
    BOOST_TEST((after_neither(with_ticket(counter)) == counter));
    counter = after_right(with_ticket(counter));
    BOOST_TEST((counter == Counter{}));
}

BOOST_AUTO_TEST_CASE(a_crash_counts_what_was_open_once) {
    Counter counter = wrong_tries({}, 2, start);
    counter.open = 2;
    counter = after_crash(counter, rules, start);
    BOOST_TEST(counter.failures == 4);
    BOOST_TEST(counter.open == 0);
    BOOST_TEST((after_crash(counter, rules, start) == counter));
    counter.open = 1;
    BOOST_TEST(is_locked(after_crash(counter, rules, start), start));
}

BOOST_AUTO_TEST_CASE(a_clock_set_back_does_not_end_a_lock_out) {
    const Counter counter = wrong_tries({}, 5, start);
    BOOST_TEST(is_locked(counter, start - 24h));
}

BOOST_AUTO_TEST_CASE(a_hundred_wrong_tries_in_a_row_stop_for_good) {
    Counter counter;
    Time now = start;
    for (int i = 0; i < 20; ++i) {
        BOOST_TEST(!is_stopped(counter));
        counter = wrong_tries(counter, 5, now);
        now = *counter.locked_until;
    }
    BOOST_TEST(counter.total == 100);
    BOOST_TEST(is_stopped(counter));
    BOOST_TEST(is_locked(counter, start + 24h * 36500));
    BOOST_TEST(free_tickets(counter, rules, start + 24h * 36500) == 0);
}

BOOST_AUTO_TEST_CASE(before_the_stop_there_are_only_the_tickets_that_are_left) {
    Counter counter{.total = 98};
    BOOST_TEST(free_tickets(counter, rules, start) == 2);
    counter = with_ticket(with_ticket(counter));
    BOOST_TEST(free_tickets(counter, rules, start) == 0);
    BOOST_TEST((after_right(counter) == Counter{.open = 1}));
}

BOOST_AUTO_TEST_CASE(what_was_under_way_does_not_undo_a_stop) {
    const Counter counter{.open = 3, .total = 100, .locked_until = until_unlocked};
    BOOST_TEST(is_stopped(after_right(counter)));
    BOOST_TEST(is_stopped(after_neither(counter)));
    BOOST_TEST(is_stopped(after_wrong(counter, rules, start, 5)));
    BOOST_TEST(is_stopped(after_crash(counter, rules_of(Config{}, "local"), start)));
    BOOST_TEST(after_right(counter).open == 2);
}

BOOST_AUTO_TEST_CASE(a_known_source_is_never_stopped) {
    for (const char* source : {"local", "192.0.2.0/24"}) {
        const LockoutRules known = rules_of(Config{}, source);
        Counter counter;
        for (int i = 0; i < 300; ++i) counter = after_wrong(with_ticket(counter), known, start);
        BOOST_TEST(!is_stopped(counter));
        BOOST_TEST(free_tickets(counter, known, start + 1h) == 5);
    }
    BOOST_TEST(rules_of(Config{}, "").stop_after == 100);
}

BOOST_AUTO_TEST_CASE(stricter_rules_stop_what_was_counted_before) {
    Config config;
    config.lockout.stop_after = 50;
    BOOST_TEST(is_stopped(with_stop({.total = 50}, LockoutRules(config))));
    BOOST_TEST(!is_stopped(with_stop({.total = 49}, LockoutRules(config))));
}

BOOST_AUTO_TEST_CASE(a_lock_out_lasts_as_long_as_before_when_the_clock_is_set) {
    const Counter counter = wrong_tries({}, 5, start);
    for (const Duration step : {Duration(24h), Duration(-24h)}) {
        const Counter moved = after_clock_set(counter, step, start + step + 1h);
        BOOST_TEST(is_locked(moved, start + step + 15min - 1s));
        BOOST_TEST(!is_locked(moved, start + step + 15min));
    }
    const Counter stopped{.total = 100, .locked_until = until_unlocked};
    BOOST_TEST((after_clock_set(stopped, 24h, start) == stopped));
    BOOST_TEST((after_clock_set({}, 24h, start) == Counter{}));
    // Locked when the clock was set already, and nobody had looked: not for years.
    const Duration years = 24h * 365 * 7;
    const Counter locked_since = wrong_tries({}, 5, start + years);
    BOOST_TEST(!is_locked(after_clock_set(locked_since, years, start + years + 1h), start + years + 1h));
}

BOOST_AUTO_TEST_CASE(at_a_start_no_lock_out_is_longer_than_the_longest) {
    const Counter counter = wrong_tries({}, 5, start);
    BOOST_TEST((after_crash(counter, rules, start) == counter));
    BOOST_TEST((*after_crash(counter, rules, start - 24h).locked_until == start - 24h + 1h));
    const Counter stopped{.total = 100, .locked_until = until_unlocked};
    BOOST_TEST((after_crash(stopped, rules, start) == stopped));
}

BOOST_AUTO_TEST_CASE(a_source_is_a_network_or_local) {
    BOOST_TEST(source_of("") == "local");
    BOOST_TEST(source_of("::1") == "local");
    BOOST_TEST(source_of("127.0.0.1") == "local");
    BOOST_TEST(source_of("192.0.2.77") == "192.0.2.0/24");
    BOOST_TEST(source_of("::ffff:192.0.2.77") == "192.0.2.0/24");
    BOOST_TEST(source_of("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64");
    BOOST_TEST(source_of("fe80::1%eth0") == "fe80::/64");
    BOOST_TEST(source_of("Host.Example.ORG") == "host.example.org");
}

BOOST_AUTO_TEST_SUITE_END()
