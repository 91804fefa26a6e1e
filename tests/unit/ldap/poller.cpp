// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/ldap/poller.h"

#include <boost/test/unit_test.hpp>

using namespace userd;
using ldap::Mark;

BOOST_AUTO_TEST_SUITE(ldap_poller)

BOOST_AUTO_TEST_CASE(a_mark_is_read_as_it_was_written_and_no_servers_cookie_is_one) {
    for (const Mark& mark : {Mark{"", "20261122180000Z"}, Mark{"0123456789abcdef", "123456"}})
        BOOST_TEST((Mark::parse(mark.cookie()) == mark));
    for (const char* cookie :
         {"", "rid=000,csn=20261122181440.225878Z#000000#000#000000", "userd-poll:", "userd-poll::"})
        BOOST_TEST(!Mark::parse(cookie).has_value());
}

BOOST_AUTO_TEST_CASE(a_time_some_minutes_earlier) {
    BOOST_TEST(ldap::earlier("20261122180200Z", std::chrono::minutes(5)) == "20261122175700Z");
    BOOST_TEST(ldap::earlier("20260101000000Z", std::chrono::seconds(1)) == "20251231235959Z");
    BOOST_TEST(ldap::earlier("20261122180200.0Z", std::chrono::minutes(5)) == "20261122175700Z");
    BOOST_TEST(ldap::earlier("yesterday", std::chrono::minutes(5)) == "yesterday");
}

BOOST_AUTO_TEST_SUITE_END()
