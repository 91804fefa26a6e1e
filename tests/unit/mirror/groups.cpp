// SPDX-License-Identifier: LGPL-2.1-or-later
// Groups of a directory server, and who is in them.
#include "daemon/store/public_facts.h"
#include "tests/unit/mirror/support.h"

using namespace userd;
using namespace userd::test;

BOOST_FIXTURE_TEST_SUITE(mirror_groups, MirrorFixture)

// Lookups know the members of a group by number.
BOOST_AUTO_TEST_CASE(who_gets_a_number_again_is_in_no_group_of_who_had_it) {
    put(Person{1, "alice", 200001}).put(Team{10, "team", 210000, {"uid=alice,ou=people,dc=example"}});
    whole();
    const auto before = store->generation();
    gone({1}).put(Person{2, "alice", 200001, 0, false, {}, "uid=alice,ou=guests,dc=example"});
    change();
    BOOST_TEST((user("alice")->state == UserState::active));
    BOOST_TEST(members("team") == "");
    const auto changes = store::public_changes_since(*store, before);
    BOOST_TEST((!changes && changes.error().code == Errc::not_supported));  // a new base, then
}

BOOST_AUTO_TEST_CASE(groups_hold_groups_and_circles_are_cut) {
    put(Person{1, "alice", 200001});
    put(Team{10, "outer", 210000, {"cn=inner,ou=groups,dc=example"}});
    put(Team{11, "inner", 210001, {"uid=alice,ou=people,dc=example", "cn=outer,ou=groups,dc=example"}});
    put(Team{12, "selfish", 210002, {"cn=selfish,ou=groups,dc=example"}});
    whole();
    BOOST_TEST(members("outer") == "alice");
    BOOST_TEST(members("inner") == "alice");
    // The circle ends: what was cut may be.
    put(Team{10, "outer", 210000, {"uid=alice,ou=people,dc=example"}});
    put(Team{11, "inner", 210001, {"cn=outer,ou=groups,dc=example"}});
    change();
    BOOST_TEST(members("inner") == "alice");
    gone({10});
    change();
    BOOST_TEST(members("inner") == "");
}

// Its end is seen in one slice of a large settling, and what it lets be in another: of the next daemon.
BOOST_AUTO_TEST_CASE(a_circle_that_ends_before_the_daemon_does_is_none_after_it) {
    const auto in = [](std::string_view name) { return fmt::format("cn={},ou=groups,dc=example", name); };
    const auto more = [&](const std::vector<std::string>& members) {
        for (unsigned i = 0; i < 6000; ++i) put(Team{100 + i, fmt::format("more{}", i), 220000 + i, members});
    };
    const std::string alice = "uid=alice,ou=people,dc=example";
    put(Person{1, "alice", 200001});
    put(Team{10, "a", 210000, {in("b"), alice}}).put(Team{11, "b", 210001, {in("c")}});
    put(Team{12, "c", 210002, {in("a")}});
    more({});
    whole();
    BOOST_TEST(members("c") == "");  // it was cut here
    put(Person{2, "bert", 200002});
    put(Team{11, "b", 210001, {"uid=bert,ou=people,dc=example"}});
    more({alice});
    flush();
    must(mirror->hear(wire::LdapPoint{"corp", "cookie", wire::LdapPointKind::change}));
    while (mirror->is_settling() && members("b") != "bert") must(loop->run_once(Duration(0)));
    BOOST_REQUIRE(mirror->is_settling());
    open();
    settle();
    BOOST_TEST(members("more5999") == "alice");
    BOOST_TEST(members("c") == "alice,bert");
}

BOOST_AUTO_TEST_CASE(members_by_name_follow_the_name) {
    put(Team{10, "staff", 210000, {"alice", "bert"}, true});
    put(Person{1, "alice", 200001});
    whole();
    BOOST_TEST(members("staff") == "alice");
    put(Person{1, "alicia", 200001, 0, false, "", "uid=alice,ou=people,dc=example"});
    put(Person{2, "bert", 200002});
    change();
    BOOST_TEST(members("staff") == "bert");
    put(Person{3, "alice", 200003});
    change();
    BOOST_TEST(members("staff") == "alice,bert");
}

BOOST_AUTO_TEST_CASE(who_must_have_codes_by_a_membership_of_the_servers_can_set_them_up) {
    const auto is_open = [&] { return *must(directory.get_user("alice")).enrol_until > clock.now(); };
    put(Person{1, "alice", 200001}).put(Team{10, "staff", 210000}).put(Team{11, "ops", 210001});
    whole();
    for (const char* name : {"staff", "ops"})
        must(directory.update_group(root, group(name)->id, {{"mfa", "required"}}, {}));
    clock.advance(std::chrono::hours(96));
    BOOST_TEST(!is_open());
    put(Team{10, "staff", 210000, {"alice"}, true});
    change();
    BOOST_TEST(is_open());
    clock.advance(std::chrono::hours(96));
    put(Team{11, "ops", 210001, {"alice"}, true});
    change();
    BOOST_TEST(members("ops") == "alice");
    BOOST_TEST(!is_open());  // who let the time pass stays out
}

BOOST_AUTO_TEST_CASE(a_group_made_again_keeps_its_users_and_nothing_else) {
    put(Person{1, "alice", 200001, 210000}).put(Team{10, "staff", 210000});
    whole();
    const auto staff = group("staff")->id;
    gone({10});
    change();
    BOOST_TEST((group("staff")->id == staff));  // alice's primary group
    put(Team{11, "staff", 210000});
    change();
    BOOST_TEST((group("staff")->id != staff));
    BOOST_TEST(user("alice")->gid == 210000U);
    put(Person{1, "alice", 200001});
    gone({11});
    change();
    BOOST_TEST(!group("staff"));
    BOOST_TEST(user("alice")->gid == 200001U);
}

BOOST_AUTO_TEST_CASE(the_private_group_of_a_user_may_be_an_entry) {
    put(Person{1, "alice", 200001}).put(Person{2, "bert", 200002});
    put(Person{3, "carla", 200003});
    put(Team{10, "alice", 200001, {"uid=carla,ou=people,dc=example"}});
    put(Team{11, "devs", 200002});
    whole();
    BOOST_TEST(members("alice") == "carla");
    BOOST_TEST(quarantined() == "bert:id-taken");
}

BOOST_AUTO_TEST_CASE(a_mapped_group_reaches_a_local_one_and_a_group_of_ours) {
    must(directory.create_group(root, "ops", {}, {}));
    corp().groups_map = {{"admins", "sudo"}, {"operators", "ops"}};
    mirror->use_config(config);
    put(Person{1, "alice", 200001}).put(Person{2, "bert", 200002});
    put(Team{10, "admins", 210000, {"uid=alice,ou=people,dc=example"}});
    put(Team{11, "operators", 210001, {"uid=bert,ou=people,dc=example"}});
    whole();
    const auto local = [&](std::string_view name) {
        std::string all;
        for (const auto& one : must(store->groups().local_of_user(id_of(name), clock.now()))) all += one.name;
        return all;
    };
    BOOST_TEST(local("alice") == "sudo");
    BOOST_TEST(members("ops") == "bert");
    must(directory.add_members(root, "sudo", {"bert"}, {}, {}));
    put(Team{10, "admins", 210000, {"uid=bert,ou=people,dc=example"}});
    change();
    BOOST_TEST(local("alice") == "");
    put(Team{10, "admins", 210000});
    change();
    BOOST_TEST(local("bert") == "sudo");  // an admin's doing
    corp().groups_map.clear();
    mirror->use_config(config);
    BOOST_TEST(members("ops") == "");
}

BOOST_AUTO_TEST_SUITE_END()
