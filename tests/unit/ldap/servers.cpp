// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/ldap/servers.h"

#include <boost/test/unit_test.hpp>

using namespace userd;
using namespace std::chrono_literals;
using Order = std::vector<std::size_t>;

BOOST_AUTO_TEST_SUITE(ldap_servers)

BOOST_AUTO_TEST_CASE(a_server_that_failed_is_asked_last_for_a_while_and_then_in_its_place_again) {
    LdapSource source;
    source.uris = {"ldaps://a", "ldaps://b", "ldaps://c"};
    auto servers = ldap::Servers::of(source);
    BOOST_REQUIRE(servers.has_value());
    const auto now = std::chrono::steady_clock::now();
    BOOST_TEST(servers->order(now) == (Order{0, 1, 2}), boost::test_tools::per_element());
    servers->failed(0, now);
    BOOST_TEST(servers->order(now + 1s) == (Order{1, 2, 0}), boost::test_tools::per_element());
    BOOST_TEST(servers->order(now + 31s) == (Order{0, 1, 2}), boost::test_tools::per_element());
    servers->failed(1, now);
    servers->answered(0);
    BOOST_TEST(servers->order(now + 1s) == (Order{0, 2, 1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(waits_grow_from_a_second_to_a_minute_less_up_to_half_by_chance) {
    ldap::Backoff backoff(7);
    for (const auto ceiling : {1000ms, 2000ms, 4000ms, 8000ms, 16000ms, 32000ms, 60000ms, 60000ms}) {
        const auto wait = backoff.next();
        BOOST_TEST((wait >= ceiling / 2 && wait <= ceiling));
    }
    backoff.reset();
    BOOST_TEST((backoff.next() <= 1000ms));
}

BOOST_AUTO_TEST_SUITE_END()
