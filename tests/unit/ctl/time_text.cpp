// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/time_text.h"

#include <boost/test/unit_test.hpp>

using namespace userd::ctl;

namespace {

constexpr std::int64_t now = 1'795'291'200;  // 2026-11-21T20:00:00Z

}  // namespace

BOOST_AUTO_TEST_SUITE(time_text)

BOOST_AUTO_TEST_CASE(programs_read_rfc_3339_in_utc) {
    BOOST_TEST(rfc3339(now) == "2026-11-21T20:00:00Z");
    BOOST_TEST(rfc3339(0) == "1970-01-01T00:00:00Z");
}

BOOST_AUTO_TEST_CASE(people_read_how_far_away_a_time_is) {
    BOOST_TEST(friendly_time(now + 3 * 86400, now) == "in 3 days");
    BOOST_TEST(friendly_time(now + 3600, now) == "in 1 hour");
    BOOST_TEST(friendly_time(now - 10, now) == "just now");
    BOOST_TEST(friendly_span(90) == "1 minute");
}

BOOST_AUTO_TEST_CASE(dates_are_midnight_utc) {
    BOOST_TEST(parse_time("2026-11-21", now).value() == now - 20 * 3600);
    BOOST_TEST(parse_time("2026-11-21 20:00", now).value() == now);
    BOOST_TEST(parse_time("2026-11-21T20:00:00Z", now).value() == now);
    BOOST_TEST(parse_time("2026-11-21T22:00:00+02:00", now).value() == now);
}

BOOST_AUTO_TEST_CASE(lengths_of_time_count_from_now) {
    BOOST_TEST(parse_time("3d", now).value() == now + 3 * 86400);
    BOOST_TEST(parse_time("+3d", now).value() == now + 3 * 86400);
    BOOST_TEST(parse_time("in 2h", now).value() == now + 7200);
    BOOST_TEST(parse_duration("90s").value() == 90);
    BOOST_TEST(parse_duration("4w").value() == 28 * 86400);
}

BOOST_AUTO_TEST_CASE(never_is_no_time) {
    BOOST_TEST(parse_time("never", now).value() == -1);
    BOOST_TEST(parse_time("", now).value() == -1);
}

BOOST_AUTO_TEST_CASE(what_is_no_time_is_refused_with_the_forms) {
    for (const char* bad :
         {"tomorrow", "2026-13-01", "2026-02-30", "2026-11-21T25:00", "31.12.2026", "20261121", "-3d"})
        BOOST_TEST(!parse_time(bad, now), bad);
    for (const char* bad : {"", "0s", "d", "3 parsecs", "99999999999999999999d", "-1h", "101000000w"})
        BOOST_TEST(!parse_duration(bad), bad);
    BOOST_TEST((parse_time("soon", now).error().exit == Exit::usage));
}

BOOST_AUTO_TEST_SUITE_END()
