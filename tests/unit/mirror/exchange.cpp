// SPDX-License-Identifier: LGPL-2.1-or-later
// Names and numbers that go from one entry to another within one refresh.
#include "daemon/store/retired.h"
#include "tests/unit/mirror/support.h"

using namespace userd;
using namespace userd::test;

namespace {

struct Exchange : MirrorFixture {
    // A person's place stays where it is, so groups name the same people.
    static Person person(unsigned id, std::string name, std::uint32_t uid, std::uint32_t gid = 0) {
        return {id, std::move(name), uid, gid, false, "", fmt::format("uid=p{},dc=example", id)};
    }
    static Team team(unsigned id, std::string name, std::uint32_t gid,
                     const std::vector<std::string>& in = {}) {
        return {id, std::move(name), gid, in, false, fmt::format("cn=t{},dc=example", id)};
    }
    ObjectId id(std::string_view name) {
        const auto found = user(name);
        return found ? found->id : ObjectId{};
    }
    ObjectId group_id(std::string_view name) {
        const auto found = group(name);
        return found ? found->id : ObjectId{};
    }
    // All of it is settled, and nothing is left where nobody is.
    void is_well() {
        BOOST_TEST(quarantined() == "");
        BOOST_TEST(must(store->remote().count_pending(1, 10)) == 0U);
        for (const auto& one : must(store->users().list({}, 0, 0)).users) BOOST_TEST(one.name.front() != ':');
        for (const auto& one : must(store->groups().list({}, 0, 0)).groups)
            BOOST_TEST(one.name.front() != ':');
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(mirror_exchange, Exchange)

BOOST_AUTO_TEST_CASE(two_who_swap_their_names_stay_themselves) {
    put(person(1, "alice", 200001)).put(person(2, "mallory", 200002));
    put(team(10, "crew", 210000, {"uid=p1,dc=example"}));
    whole();
    const auto alice = id("alice"), mallory = id("mallory");
    put(person(1, "mallory", 200001)).put(person(2, "alice", 200002));
    put(team(10, "crew", 210000, {"uid=p1,dc=example"}));
    whole();
    BOOST_TEST((id("mallory") == alice));
    BOOST_TEST((id("alice") == mallory));
    BOOST_TEST(user("mallory")->uid == 200001U);
    BOOST_TEST(members("crew") == "mallory");
    is_well();
    BOOST_TEST(trail().front().detail.find("quarantined") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(two_who_swap_their_numbers_keep_their_groups) {
    put(person(1, "alice", 200001)).put(person(2, "bert", 200002));
    put(team(10, "crew", 210000, {"uid=p1,dc=example"}));
    whole();
    const auto alice = id("alice");
    put(person(1, "alice", 200002)).put(person(2, "bert", 200001));
    put(team(10, "crew", 210000, {"uid=p1,dc=example"}));
    whole();
    BOOST_TEST((id("alice") == alice));
    BOOST_TEST(user("alice")->uid == 200002U);
    BOOST_TEST(user("bert")->uid == 200001U);
    BOOST_TEST(members("crew") == "alice");
    is_well();
    // Neither number is that of a dead one.
    BOOST_TEST(!must(store->retired().unbury(store::Retired::Kind::user, 200001, "ldap:corp")));
    BOOST_TEST(!must(store->retired().unbury(store::Retired::Kind::user, 200002, "ldap:corp")));
}

BOOST_AUTO_TEST_CASE(rings_and_rows_of_any_order_come_to_rest) {
    for (unsigned shift = 1; shift < 5; ++shift) {
        std::vector<ObjectId> ids;
        for (unsigned i = 0; i < 5; ++i) put(person(1 + i, fmt::format("u{}", i), 200000 + i));
        whole();
        for (unsigned i = 0; i < 5; ++i) ids.push_back(id(fmt::format("u{}", i)));
        // Names go one way round, numbers another; a new one takes what the last leaves.
        for (unsigned i = 0; i < 5; ++i)
            put(person(1 + i, fmt::format("u{}", (i + shift) % 5), 200000 + (i + 2 * shift) % 5 + 1));
        put(person(100 + shift, "new", 200000));
        whole();
        for (unsigned i = 0; i < 5; ++i) BOOST_TEST((id(fmt::format("u{}", (i + shift) % 5)) == ids[i]));
        BOOST_TEST(user("new")->uid == 200000U);
        is_well();
        gone({100 + shift});
        change();
    }
}

BOOST_AUTO_TEST_CASE(a_swap_that_is_told_in_two_parts_ends_well) {
    put(person(1, "alice", 200001)).put(person(2, "bert", 200002));
    whole();
    const auto alice = id("alice");
    put(person(1, "bert", 200001));
    change();
    BOOST_TEST(quarantined() == "bert:name-taken");
    put(person(2, "alice", 200002));
    change();
    BOOST_TEST((id("bert") == alice));
    is_well();
}

BOOST_AUTO_TEST_CASE(an_exchange_that_somebody_is_in_the_way_of_waits_as_it_was) {
    put(person(1, "alice", 200001)).put(person(2, "bert", 200002)).put(person(3, "carla", 200003));
    whole();
    const auto alice = id("alice"), bert = id("bert");
    put(person(1, "bert", 200001)).put(person(2, "alice", 200003)).put(person(3, "carla", 200003));
    whole();
    BOOST_TEST((id("alice") == alice));
    BOOST_TEST((id("bert") == bert));
    BOOST_TEST(user("carla")->uid == 200003U);
    BOOST_TEST(must(mirror->quarantine("corp", 0, 10)).total == 2U);
    gone({3});
    change();
    BOOST_TEST((id("bert") == alice));
    BOOST_TEST((id("alice") == bert));
    BOOST_TEST(user("alice")->uid == 200003U);
    is_well();
}

BOOST_AUTO_TEST_CASE(of_two_who_want_one_name_neither_gets_it_by_an_exchange) {
    put(person(1, "alice", 200001)).put(person(2, "bert", 200002));
    whole();
    const auto alice = id("alice"), bert = id("bert");
    put(person(1, "bert", 200001)).put(person(2, "bert", 200002));
    whole();
    BOOST_TEST((id("alice") == alice));  // as it was
    BOOST_TEST((id("bert") == bert));
    BOOST_TEST(quarantined() == "bert:name-taken");
}

BOOST_AUTO_TEST_CASE(groups_that_swap_their_numbers_take_their_users_with_them) {
    put(team(10, "red", 210000)).put(team(11, "blue", 210001));
    put(person(1, "alice", 200001, 210000)).put(person(2, "bert", 200002, 210001));
    whole();
    const auto red = group_id("red");
    put(team(10, "red", 210001)).put(team(11, "blue", 210000));
    put(person(1, "alice", 200001, 210000)).put(person(2, "bert", 200002, 210001));
    whole();
    BOOST_TEST((group_id("red") == red));
    BOOST_TEST(group("red")->gid == 210001U);
    BOOST_TEST(user("alice")->gid == 210000U);  // the server said nothing else of her
    BOOST_TEST((user("alice")->primary_group == group_id("blue")));
    BOOST_TEST((user("bert")->primary_group == red));
    is_well();
    put(team(10, "blue", 210001)).put(team(11, "red", 210000));
    change();
    BOOST_TEST((group_id("blue") == red));
    is_well();
}

BOOST_AUTO_TEST_CASE(a_group_that_gets_another_number_keeps_no_user_of_the_old_one) {
    put(team(10, "red", 210000)).put(person(1, "alice", 200001, 210000));
    whole();
    put(team(10, "red", 210005)).put(team(11, "blue", 210000));
    change();
    BOOST_TEST((user("alice")->primary_group == group_id("blue")));
    BOOST_TEST(user("alice")->gid == 210000U);
    is_well();
}

BOOST_AUTO_TEST_CASE(a_group_takes_the_number_of_one_that_is_gone_and_its_users) {
    put(team(10, "red", 210000)).put(team(11, "blue", 210001)).put(person(1, "alice", 200001, 210000));
    whole();
    const auto blue = group_id("blue");
    gone({10});
    put(team(11, "blue", 210000));
    change();
    BOOST_TEST((group_id("blue") == blue));
    BOOST_TEST(group("blue")->gid == 210000U);
    BOOST_TEST((user("alice")->primary_group == blue));
    BOOST_TEST(!group("red"));
    is_well();
}

BOOST_AUTO_TEST_CASE(a_user_and_a_group_swap_and_a_pair_is_renamed) {
    put(person(1, "alice", 200001)).put(team(10, "crew", 210000));  // her private group has her name
    put(person(2, "bert", 200002)).put(team(11, "bert", 200002));
    whole();
    BOOST_TEST(quarantined() == "");
    const auto alice = id("alice"), crew = group_id("crew"), bert = id("bert");
    put(person(1, "crew", 200001)).put(team(10, "alice", 210000));
    put(person(2, "robert", 200002)).put(team(11, "robert", 200002));
    whole();
    BOOST_TEST((id("crew") == alice));
    BOOST_TEST((group_id("alice") == crew));
    BOOST_TEST((id("robert") == bert));
    BOOST_TEST(group("robert").has_value());
    is_well();
}

BOOST_AUTO_TEST_CASE(everybody_gets_the_number_of_the_next) {
    constexpr unsigned many = 600;  // more than move in one step
    for (unsigned i = 1; i <= many; ++i) put(person(i, fmt::format("u{}", i), 200000 + i));
    whole();
    for (unsigned i = 1; i <= many; ++i) put(person(i, fmt::format("u{}", i), 200001 + i));
    whole();
    for (unsigned i = 1; i <= many; ++i) BOOST_TEST(user(fmt::format("u{}", i))->uid == 200001 + i);
    is_well();
}

BOOST_AUTO_TEST_SUITE_END()
