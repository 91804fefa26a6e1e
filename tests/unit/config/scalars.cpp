// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/config/scalars.h"

#include <boost/test/unit_test.hpp>

using namespace userd;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(config_scalars)

BOOST_AUTO_TEST_CASE(durations_add_up_and_print_back) {
    BOOST_TEST((parse_duration("1h30m").value() == 90min));
    for (const char* text : {"0s", "90d", "72h", "15m", "1s"}) {
        const Duration value = parse_duration(text).value();
        BOOST_TEST((parse_duration(to_text(value)).value() == value));
    }
    for (const char* bad : {"", "15", "m", "15 m", "-1s", "1y", "99999999999d", "1.5h"})
        BOOST_TEST(!parse_duration(bad).has_value(), bad);
}

BOOST_AUTO_TEST_CASE(sizes_need_binary_units) {
    BOOST_TEST(parse_size("19MiB").value() == 19ULL << 20);
    BOOST_TEST(parse_size("2G").value() == 2ULL << 30);
    BOOST_TEST(size_to_text(19ULL << 20) == "19MiB");
    for (const char* bad : {"", "MiB", "19MB", "19 MiB", "-1", "99999999999GiB"})
        BOOST_TEST(!parse_size(bad).has_value(), bad);
}

BOOST_AUTO_TEST_CASE(a_number_that_looks_octal_is_refused) {
    BOOST_TEST(!parse_unsigned("010", 0, 100).has_value());
    BOOST_TEST(parse_unsigned("0", 0, 100).value() == 0U);
    BOOST_TEST(!parse_unsigned("101", 0, 100).has_value());
}

BOOST_AUTO_TEST_CASE(networks_hold_their_addresses) {
    const Network ten = parse_network("10.0.0.0/8").value();
    BOOST_TEST(contains(ten, parse_network("10.255.1.2").value()));
    BOOST_TEST(!contains(ten, parse_network("11.0.0.1").value()));
    BOOST_TEST(contains(parse_network("2001:db8::/32").value(), parse_network("2001:db8:1::1").value()));
    BOOST_TEST(contains(ten, parse_network("::ffff:10.1.2.3").value()));
    for (const char* bad : {"", "10.0.0.1/8", "10.0.0.0/33", "example.org", "10.0.0.0/", "::1/129"})
        BOOST_TEST(!parse_network(bad).has_value(), bad);
}

BOOST_AUTO_TEST_SUITE_END()
