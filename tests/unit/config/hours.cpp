// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/config/hours.h"

#include <stdlib.h>

#include <boost/test/unit_test.hpp>

using namespace userd;

namespace {

constexpr unsigned mo = 0, tu = 1, fr = 4, sa = 5, su = 6;

bool open(const char* text, unsigned day, unsigned hour, unsigned minute = 0) {
    const auto hours = Hours::parse(text);
    BOOST_REQUIRE_MESSAGE(hours.has_value(), text);
    return hours->contains({day, hour * 60 + minute});
}

// The host's zone for one test.
struct Zone {
    explicit Zone(const char* name) { setenv("TZ", name, 1); }
    ~Zone() { unsetenv("TZ"); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(hours)

BOOST_AUTO_TEST_CASE(a_range_begins_with_its_first_minute_and_ends_before_its_last) {
    const char* office = "Mo-Fr 07:00-20:00";
    BOOST_TEST(!open(office, mo, 6, 59));
    BOOST_TEST(open(office, mo, 7));
    BOOST_TEST(open(office, fr, 19, 59));
    BOOST_TEST(!open(office, fr, 20));
    BOOST_TEST(!open(office, sa, 12));
}

BOOST_AUTO_TEST_CASE(a_range_across_midnight_belongs_to_the_day_on_which_it_begins) {
    const char* night = "Fr,Su 22:00-06:00";
    BOOST_TEST(!open(night, fr, 5));
    BOOST_TEST(open(night, fr, 23));
    BOOST_TEST(open(night, sa, 5, 59));
    BOOST_TEST(!open(night, sa, 6));
    BOOST_TEST(!open(night, sa, 23));
    BOOST_TEST(open(night, mo, 0));  // from Sunday
    BOOST_TEST(!open(night, tu, 0));
}

BOOST_AUTO_TEST_CASE(several_ranges_days_and_what_is_left_out) {
    const char* several = "Mo-Fr 08:00-12:00,13:00-17:00; Sa";
    BOOST_TEST(open(several, mo, 11));
    BOOST_TEST(!open(several, mo, 12, 30));
    BOOST_TEST(open(several, mo, 13));
    BOOST_TEST(open(several, sa, 0));
    BOOST_TEST(open(several, sa, 23, 59));
    BOOST_TEST(!open(several, su, 0));
    BOOST_TEST(open("07:00-08:00", su, 7));
    BOOST_TEST(open("Sa-Mo 07:00-24:00", su, 23, 59));
    BOOST_TEST(!open("Sa-Mo 07:00-24:00", fr, 23, 59));
}

BOOST_AUTO_TEST_CASE(what_is_no_hours_is_refused) {
    for (const char* bad : {"",
                            " ",
                            ";",
                            "Mo-Fr 07:00-20:00;",
                            "Mon",
                            "mo",
                            "Mo-",
                            "-Mo",
                            "Mo Tu",
                            "7:00-8:00",
                            "07:00",
                            "07:00-",
                            "07:00-25:00",
                            "07:60-08:00",
                            "07:00-07:00",
                            "24:00-06:00",
                            "07-08",
                            "07:00–08:00",
                            "Mo 07:00-08:00 Tu",
                            "07:00-08:00 Mo",
                            "Mo 07:00-08:00,",
                            "Mo,,Tu",
                            "0a:00-08:00",
                            "::::::-08:00"})
        BOOST_TEST(!Hours::parse(bad).has_value(), bad);
    BOOST_TEST(!Hours::parse(std::string(300, ' ') + "Mo").has_value());
}

// Central Europe: 2026-03-29 01:00 UTC is 03:00, 2026-10-25 01:00 UTC is 02:00 for the second time.
BOOST_AUTO_TEST_CASE(the_clock_on_the_wall_counts_when_it_is_changed) {
    const Zone zone("CET-1CEST,M3.5.0,M10.5.0/3");
    const auto at = [](std::int64_t seconds) { return to_text(local_time(from_unix(seconds))); };
    BOOST_TEST(at(1774745940) == "Sun 01:59");
    BOOST_TEST(at(1774746000) == "Sun 03:00");
    BOOST_TEST(at(1792888200) == "Sun 02:30");
    BOOST_TEST(at(1792891800) == "Sun 02:30");
    BOOST_TEST(at(1795298400) == "Sat 23:00");
}

BOOST_AUTO_TEST_SUITE_END()
