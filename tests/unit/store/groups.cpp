// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/store/groups.h"

#include "daemon/store/database.h"
#include "daemon/store/store.h"
#include "daemon/store/users.h"
#include "tests/unit/store/support.h"

using namespace userd;
using namespace userd::test;
using store::Store;

namespace {

struct Fixture {
    std::unique_ptr<Store> store = must(Store::open(":memory:"));
    store::Groups& groups = store->groups();
    const Time now = from_unix(1000);
    const ObjectId alice{1}, web{10};

    Fixture() {
        must(store->users().insert(sample_user(1, "alice", 70001), ""));
        Group group;
        group.id = web;
        group.name = "web";
        group.gid = 71000;
        group.source = "local";
        must(groups.insert(group));
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(groups, Fixture)

BOOST_AUTO_TEST_CASE(joining_twice_changes_nothing_the_second_time) {
    BOOST_TEST(must(groups.add(web, alice, std::nullopt, 1)));
    BOOST_TEST(!must(groups.add(web, alice, std::nullopt, 2)));
    BOOST_TEST(must(groups.add(web, alice, from_unix(2000), 3)));
    BOOST_TEST(must(groups.of_user(alice, now)).at(0).gid == 71000U);
    BOOST_TEST(must(groups.members(web, now, 0, 10)).members.at(0).name == "alice");
}

BOOST_AUTO_TEST_CASE(a_membership_is_over_at_its_end) {
    must(groups.add(web, alice, from_unix(2000), 1));
    BOOST_TEST(must(groups.of_user(alice, from_unix(1999))).size() == 1U);
    BOOST_TEST(must(groups.of_user(alice, from_unix(2000))).empty());
    BOOST_TEST(must(groups.members(web, from_unix(2000), 0, 10)).total == 0U);
    BOOST_TEST(must(groups.over(from_unix(1999))).empty());
    BOOST_TEST(must(groups.over(from_unix(2000))).size() == 1U);
}

BOOST_AUTO_TEST_CASE(who_left_can_join_again) {
    must(groups.add(web, alice, std::nullopt, 1));
    BOOST_TEST(must(groups.remove(web, alice, 2)));
    BOOST_TEST(!must(groups.remove(web, alice, 3)));
    BOOST_TEST(must(groups.of_user(alice, now)).empty());
    BOOST_TEST(must(groups.add(web, alice, std::nullopt, 4)));
    BOOST_TEST(must(groups.of_user(alice, now)).size() == 1U);
}

BOOST_AUTO_TEST_CASE(memberships_go_with_the_user) {
    must(groups.add(web, alice, std::nullopt, 1));
    must(groups.add_local("sudo", 27, alice, std::nullopt));
    must(store->users().remove(alice));
    BOOST_TEST(must(groups.members(web, now, 0, 10)).total == 0U);
    BOOST_TEST(must(groups.local_members("sudo", now)).empty());
}

BOOST_AUTO_TEST_CASE(local_memberships_are_kept_apart) {
    BOOST_TEST(must(groups.add_local("sudo", 27, alice, std::nullopt)));
    BOOST_TEST(!must(groups.add_local("sudo", 27, alice, std::nullopt)));
    BOOST_TEST(must(groups.local_of_user(alice, now)).at(0).gid == 27U);
    BOOST_TEST(must(groups.of_user(alice, now)).empty());
    BOOST_TEST(must(groups.remove_local("sudo", alice)));
    BOOST_TEST(!must(groups.remove_local("sudo", alice)));
}

// With each base of the snapshot: a walk through all memberships held the daemon for a second at 100,000
// users.
BOOST_AUTO_TEST_CASE(what_is_forgotten_is_found_by_an_index_of_its_own) {
    auto plan = must(store->database().query(
        "EXPLAIN QUERY PLAN DELETE FROM members WHERE removed <> 0 AND generation <= ?"));
    BOOST_REQUIRE(must(plan.bind(std::int64_t{1}).step()));
    BOOST_TEST(plan.text(3).find("members_removed") != std::string::npos);
}

// With each part of a large settling: a walk through all users each time took minutes at 100,000.
BOOST_AUTO_TEST_CASE(who_has_a_word_of_their_own_on_codes_is_found_by_an_index) {
    for (const char* table : {"users", "groups"}) {
        auto plan = must(store->database().query(
            table == std::string("users")
                ? "EXPLAIN QUERY PLAN SELECT 1 FROM users WHERE mfa <> 'inherit' AND mfa <> 'off'"
                : "EXPLAIN QUERY PLAN SELECT 1 FROM groups WHERE mfa <> 'inherit'"));
        BOOST_REQUIRE(must(plan.step()));
        BOOST_TEST(plan.text(3).find(std::string(table) + "_by_mfa") != std::string::npos);
    }
}

BOOST_AUTO_TEST_SUITE_END()
