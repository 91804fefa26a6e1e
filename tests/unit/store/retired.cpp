// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/store/retired.h"

#include "daemon/store/store.h"
#include "daemon/store/users.h"
#include "tests/unit/store/support.h"

using namespace userd;
using namespace userd::test;
using store::Retired;

BOOST_AUTO_TEST_SUITE(retired)

BOOST_AUTO_TEST_CASE(a_dead_number_stays_taken) {
    auto store = must(store::Store::open(":memory:"));
    auto& retired = store->retired();
    BOOST_TEST(!must(retired.is_taken(70001)));
    BOOST_TEST(!must(retired.highest(70000, 70999)).has_value());
    must(retired.bury(Retired::Kind::user, 70001, "alice", ObjectId{5}, from_unix(1), 1));
    BOOST_TEST(must(retired.is_taken(70001)));
    must(store->users().insert(sample_user(1, "bob", 70007), ""));
    BOOST_TEST(must(retired.is_taken(70007)));
    BOOST_TEST(must(retired.highest(70000, 70999)).value() == 70007U);
    BOOST_TEST(must(retired.highest(70000, 70006)).value() == 70001U);
}

BOOST_AUTO_TEST_CASE(a_name_is_held_until_its_time) {
    auto store = must(store::Store::open(":memory:"));
    auto& retired = store->retired();
    must(retired.hold_name("alice", from_unix(100), "deleted", ObjectId{7}));
    BOOST_TEST(must(retired.held_name("alice", from_unix(99))).value().why == "deleted");
    BOOST_TEST((must(retired.held_name("alice", from_unix(99))).value().owner == ObjectId{7}));
    BOOST_TEST(!must(retired.held_name("alice", from_unix(100))).has_value());
    must(retired.free_name("alice"));
    BOOST_TEST(!must(retired.held_name("alice", from_unix(1))).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
