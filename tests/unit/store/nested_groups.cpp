// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/store/database.h"
#include "daemon/store/groups.h"
#include "daemon/store/store.h"
#include "daemon/store/users.h"
#include "tests/unit/store/support.h"

using namespace userd;
using namespace userd::test;
using store::Store;

namespace {

// alice and erin; web in staff, staff in all.
struct Fixture {
    std::unique_ptr<Store> store = must(Store::open(":memory:"));
    store::Groups& groups = store->groups();
    const Time now = from_unix(1000);
    const ObjectId alice{1}, erin{2}, web{10}, staff{11}, all{12};

    Fixture() {
        must(store->users().insert(sample_user(1, "alice", 70001), ""));
        must(store->users().insert(sample_user(2, "erin", 70002), ""));
        for (const auto& [id, name] : {std::pair{web, "web"}, {staff, "staff"}, {all, "all"}}) {
            Group group;
            group.id = id;
            group.name = name;
            group.gid = static_cast<std::uint32_t>(71000 + id.value);
            group.source = "local";
            must(groups.insert(group));
        }
        must(groups.add_group(staff, web, std::nullopt, 1));
        must(groups.add_group(all, staff, std::nullopt, 1));
    }
    // "alice erin@2000": who is in the group, with their ends.
    std::string in(ObjectId group, Time when = from_unix(1000)) {
        std::string text;
        for (const auto& member : must(groups.members(group, when, 0, 100)).members) {
            text += (text.empty() ? "" : " ") + member.name;
            if (member.until) text += "@" + std::to_string(to_unix(*member.until));
        }
        return text;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(nested_groups, Fixture)

BOOST_AUTO_TEST_CASE(who_is_in_a_group_is_in_those_that_hold_it) {
    must(groups.add(web, alice, std::nullopt, 2));
    BOOST_TEST(in(all) == "alice");
    BOOST_TEST(!must(groups.members(all, now, 0, 10)).members.at(0).direct);
    BOOST_TEST(must(groups.of_user(alice, now)).size() == 3U);
    must(groups.remove(web, alice, 3));
    BOOST_TEST(in(all).empty());
    BOOST_TEST(must(groups.of_user(alice, now)).empty());
}

BOOST_AUTO_TEST_CASE(a_way_ends_with_the_first_of_its_steps_and_the_latest_way_holds) {
    must(groups.add(web, alice, from_unix(3000), 2));
    must(groups.add_group(staff, web, from_unix(2000), 3));
    BOOST_TEST(in(web) == "alice@3000");
    BOOST_TEST(in(staff) == "alice@2000");
    BOOST_TEST(in(all) == "alice@2000");
    must(groups.add(all, alice, from_unix(2500), 4));
    BOOST_TEST(in(all) == "alice@2500");
    must(groups.add_group(staff, web, std::nullopt, 5));
    BOOST_TEST(in(all) == "alice@3000");
    must(groups.remove(all, alice, 6));
    BOOST_TEST(in(all) == "alice@3000");
    must(groups.remove_group(staff, web, 7));
    BOOST_TEST(in(all).empty());
}

BOOST_AUTO_TEST_CASE(taken_out_by_name_one_stays_in_by_another_group) {
    must(groups.add(web, alice, std::nullopt, 2));
    must(groups.add(staff, alice, std::nullopt, 3));
    must(groups.remove(staff, alice, 4));
    BOOST_TEST(in(staff) == "alice");
    BOOST_TEST(!must(groups.remove(staff, alice, 5)));
    BOOST_TEST(must(groups.direct_members(staff, now, 0, 10)).members.at(0).name == "web");
    BOOST_TEST(must(groups.direct_members(staff, now, 0, 10)).total == 1U);
}

BOOST_AUTO_TEST_CASE(a_group_that_goes_takes_its_ways_along) {
    must(groups.add(web, alice, std::nullopt, 2));
    must(groups.add(all, erin, std::nullopt, 2));
    must(groups.remove(staff, 3));
    BOOST_TEST(in(all) == "erin");
    BOOST_TEST(in(web) == "alice");
    BOOST_TEST(must(groups.groups_in(all, now)).empty());
}

BOOST_AUTO_TEST_CASE(both_ways_of_a_diamond_count) {
    const ObjectId ops{13};
    Group group;
    group.id = ops;
    group.name = "ops";
    group.gid = 71013;
    must(groups.insert(group));
    must(groups.add_group(ops, web, std::nullopt, 2));
    must(groups.add_group(all, ops, std::nullopt, 2));
    must(groups.add(web, alice, std::nullopt, 3));
    must(groups.remove_group(staff, web, 4));
    BOOST_TEST(in(staff).empty());
    BOOST_TEST(in(all) == "alice");
    must(groups.remove_group(ops, web, 5));
    BOOST_TEST(in(all).empty());
}

BOOST_AUTO_TEST_CASE(only_what_differs_gets_a_new_generation) {
    must(groups.add(web, alice, std::nullopt, 2));
    must(groups.add(web, erin, std::nullopt, 3));
    const auto changed_at = [&](std::int64_t generation) {
        auto query = must(store->database().query("SELECT count(*) FROM members WHERE generation = ?"));
        query.bind(generation);
        must(query.step());
        return query.integer(0);
    };
    BOOST_TEST(changed_at(2) == 3);
    BOOST_TEST(changed_at(3) == 3);
}

BOOST_AUTO_TEST_CASE(what_is_over_is_found_by_its_own_step) {
    must(groups.add(web, alice, from_unix(3000), 2));
    must(groups.add_group(staff, web, from_unix(2000), 3));
    const auto over = must(groups.over(from_unix(2000)));
    BOOST_REQUIRE(over.size() == 1U);
    BOOST_TEST((over[0].group == staff));
    BOOST_TEST((over[0].member == web));
    BOOST_TEST(must(groups.over(from_unix(3000))).size() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
