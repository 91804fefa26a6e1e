// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/ldap/overseer.h"

#include <boost/test/unit_test.hpp>

using namespace userd;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(ldap_overseer)

BOOST_AUTO_TEST_CASE(a_call_is_late_when_its_time_is_over_and_only_while_it_lasts) {
    ldap::Overseer overseer;
    const auto post = overseer.enlist("a sync");
    const auto now = std::chrono::steady_clock::now();
    BOOST_TEST(overseer.late(now + 1h).empty());
    {
        const ldap::InLibldap timed(*post, 10s);
        BOOST_TEST(overseer.late(now + 5s).empty());
        BOOST_TEST(overseer.late(now + 11s) == "a sync");
    }
    BOOST_TEST(overseer.late(now + 1h).empty());
}

BOOST_AUTO_TEST_CASE(a_post_that_nobody_holds_is_forgotten) {
    ldap::Overseer overseer;
    overseer.enlist("gone");
    BOOST_TEST(overseer.late(std::chrono::steady_clock::now() + 1h).empty());
}

BOOST_AUTO_TEST_SUITE_END()
