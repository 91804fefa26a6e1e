// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bus/assumed.h"

#include <boost/test/unit_test.hpp>

#include "common/base/errors.h"
#include "daemon/bus/call_state.h"

using namespace userd;
using namespace userd::bus;

namespace {

Caller caller(std::uint32_t uid, std::size_t number) {
    return {uid, fmt::format(":1.{}", number), false};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(assumed)

BOOST_AUTO_TEST_CASE(a_role_lasts_until_it_is_dropped_or_its_caller_leaves) {
    Assumed roles;
    roles.open();
    BOOST_REQUIRE(roles.assume(caller(1000, 1), "user"));
    BOOST_REQUIRE(roles.assume(caller(1000, 2), "helpdesk"));
    BOOST_TEST(roles.role_of(caller(1000, 1)) == "user");
    BOOST_REQUIRE(roles.assume(caller(1000, 1), ""));
    BOOST_TEST(roles.role_of(caller(1000, 1)) == "");
    roles.forget(":1.2");
    BOOST_TEST(roles.role_of(caller(1000, 2)) == "");
}

BOOST_AUTO_TEST_CASE(nothing_is_kept_while_nobody_tells_who_leaves) {
    Assumed roles;
    BOOST_TEST(static_cast<int>(roles.assume(caller(1000, 1), "user").error().code) ==
               static_cast<int>(Errc::unavailable));
}

BOOST_AUTO_TEST_CASE(no_user_takes_the_places_of_the_others) {
    Assumed roles;
    roles.open();
    std::size_t number = 0;
    while (roles.assume(caller(1000, number), "user")) ++number;
    BOOST_TEST(number == Assumed::max_per_uid);
    BOOST_TEST(!!roles.assume(caller(1000, 0), "helpdesk"));  // who has a place keeps it
    BOOST_TEST(!!roles.assume(caller(1001, 1000), "user"));
    number = 2000;
    while (roles.assume(caller(0, number), "user")) ++number;
    BOOST_TEST(number - 2000 + Assumed::max_per_uid + 1 == Assumed::max_callers);
}

BOOST_AUTO_TEST_CASE(calls_that_wait_are_counted_and_weighed_for_each_user) {
    InFlight in_flight;
    std::vector<InFlight::Place> places;
    for (;;) {
        auto place = in_flight.enter(1000, 1 << 20);
        if (!place) break;
        places.push_back(std::move(place));
    }
    BOOST_TEST(places.size() == 4U);  // MiB
    BOOST_TEST(!in_flight.enter(1000, 1));
    BOOST_TEST(!!in_flight.enter(1001, 1 << 20));
    places.pop_back();
    BOOST_TEST(!!in_flight.enter(1000, 1 << 20));
    places.clear();
    for (int i = 0; i < 32; ++i) places.push_back(in_flight.enter(1000, 0));
    BOOST_TEST(!in_flight.enter(1000, 0));
}

BOOST_AUTO_TEST_SUITE_END()
