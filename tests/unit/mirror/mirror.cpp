// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/mirror/mirror.h"

#include "daemon/store/public_facts.h"
#include "tests/unit/mirror/support.h"

using namespace userd;
using namespace userd::test;

BOOST_FIXTURE_TEST_SUITE(mirror, MirrorFixture)

BOOST_AUTO_TEST_CASE(users_and_groups_of_a_server_become_ours) {
    put(Person{1, "alice", 200001, 0, false, "/bin/bash", "", "Alice Example"});
    put(Person{2, "bert", 200002, 210000});
    put(Team{10, "staff", 210000, {"uid=alice,ou=people,dc=example", "uid=nobody,ou=people,dc=example"}});
    whole();

    const auto alice = user("alice");
    BOOST_REQUIRE(alice);
    BOOST_TEST(alice->uid == 200001U);
    BOOST_TEST(alice->gid == 200001U);
    BOOST_TEST(alice->source == "ldap:corp");
    BOOST_TEST(alice->display_name == "Alice Example");
    BOOST_TEST((alice->state == UserState::active));
    BOOST_TEST(user("bert")->gid == 210000U);
    BOOST_TEST(members("staff") == "alice");
    BOOST_TEST(quarantined() == "");
    BOOST_TEST(status("user_count") == 2);
    BOOST_TEST(status("group_count") == 1);
    BOOST_TEST(must(mirror->dn_of(alice->id)) == "uid=alice,ou=people,dc=example");
    const auto last = trail().front();
    BOOST_TEST(last.action == "ldap.sync");
    BOOST_TEST(last.subject == "ldap:corp");
    BOOST_TEST(last.detail ==
               R"({"users_created":2,"groups_created":1,"joined":1,"first":["group:staff","alice","bert"]})");
}

BOOST_AUTO_TEST_CASE(nothing_is_seen_before_the_point) {
    refresh();
    put(Person{1, "alice", 200001});
    flush();
    BOOST_TEST(!user("alice"));
    mirror->hung_up();
    mirror->begin();
    BOOST_TEST(!user("alice"));
}

BOOST_AUTO_TEST_CASE(the_same_again_changes_nothing) {
    const Person alice{1, "alice", 200001};
    const Team staff{10, "staff", 210000, {alice.where()}};
    put(alice).put(staff);
    whole();
    const auto generation = store->generation();
    const auto rows = trail().size();
    put(staff).put(alice);
    whole();
    BOOST_TEST(store->generation() == generation);
    BOOST_TEST(trail().size() == rows);
}

BOOST_AUTO_TEST_CASE(a_rename_keeps_all_and_a_new_entry_inherits_nothing) {
    put(Person{1, "alice", 200001}).put(Team{10, "staff", 210000, {"uid=alice,ou=people,dc=example"}});
    whole();
    const auto alice = user("alice")->id;
    put(Person{1, "alicia", 200001}).put(Team{10, "staff", 210000, {"uid=alicia,ou=people,dc=example"}});
    change();
    BOOST_TEST(!user("alice"));
    BOOST_TEST((user("alicia")->id == alice));
    BOOST_TEST(members("staff") == "alicia");

    // Deleted and made again, with the same name and number.
    gone({1}).put(Person{2, "alicia", 200001});
    change();
    BOOST_TEST((user("alicia")->id != alice));
    BOOST_TEST((user("alicia")->state == UserState::active));
    BOOST_TEST(members("staff") == "alicia");
}

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

BOOST_AUTO_TEST_CASE(what_cannot_be_taken_is_quarantined_and_the_rest_goes_on) {
    create("dora", {{"uid", std::int64_t{70000}}});
    corp().id_ranges = {{200000, 299999}, {1000, 1100}, {61184, 61190}, {70000, 70001}};
    mirror->use_config(config);
    put(Person{1, "bob", 200001});   // of /etc/passwd
    put(Person{2, "sudo", 200002});  // of /etc/group
    put(Person{3, "root", 200003});
    put(Person{4, "dora", 200004});  // ours
    put(Person{5, "low", 61184});
    put(Person{6, "far", 300000});
    put(Person{7, "thief", 1000});   // bob's
    put(Person{8, "other", 70000});  // dora's
    put(Person{9, "a:b", 200009});
    put(Person{10, "lost", 200010, 210000});
    put(Person{11, "first", 200011}).put(Person{12, "second", 200011});
    put(Person{13, "fine", 200013});
    whole();
    BOOST_TEST(quarantined() ==
               "a:b:bad-name bob:name-taken dora:name-taken far:id-range lost:no-group low:reserved-id "
               "other:id-taken "
               "root:privileged-name second:id-taken sudo:privileged-name thief:id-taken");
    BOOST_TEST(user("fine").has_value());
    BOOST_TEST(user("first").has_value());
    BOOST_TEST((user("dora")->source == "local"));
    BOOST_TEST(status("quarantined") == 11);
}

BOOST_AUTO_TEST_CASE(the_quarantined_come_in_when_what_blocked_them_is_gone) {
    put(Person{1, "first", 200011}).put(Person{2, "second", 200011}).put(Person{3, "lost", 200003, 210000});
    put(Person{4, "far", 300000});
    whole();
    BOOST_TEST(quarantined() == "far:id-range lost:no-group second:id-taken");
    put(Person{1, "first", 200001}).put(Team{10, "staff", 210000});
    change();
    BOOST_TEST(user("second")->uid == 200011U);
    BOOST_TEST(user("lost")->gid == 210000U);
    corp().id_ranges = {{200000, 300000}};
    mirror->use_config(config);
    spin();
    BOOST_TEST(user("far").has_value());
    BOOST_TEST(quarantined() == "");
}

BOOST_AUTO_TEST_CASE(an_account_of_the_host_that_goes_makes_way) {
    put(Person{1, "bob", 200001});
    whole();
    BOOST_TEST(quarantined() == "bob:name-taken");
    host.write("etc/passwd", "root:x:0:0:root:/root:/bin/bash\n");
    host.write("etc/group", "root:x:0:\n");
    must(directory.refresh_host_files());
    mirror->tend();
    BOOST_TEST(user("bob").has_value());
}

BOOST_AUTO_TEST_CASE(who_vanishes_is_suspended_and_deleted_after_the_grace) {
    put(Person{1, "alice", 200001}).put(Person{2, "bert", 200002});
    put(Team{10, "staff", 210000, {"uid=alice,ou=people,dc=example"}});
    whole();
    const auto alice = user("alice")->id;
    put(Person{2, "bert", 200002}).put(Team{10, "staff", 210000, {"uid=alice,ou=people,dc=example"}});
    whole();
    BOOST_TEST((user("alice")->state == UserState::suspended));
    BOOST_TEST(user("alice")->state_reason == "gone from ldap:corp");
    BOOST_TEST(members("staff") == "alice");
    BOOST_TEST(events.back().change == "suspended");

    // Back in time.
    present({1});
    change();
    BOOST_TEST((user("alice")->state == UserState::active));
    BOOST_TEST((user("alice")->id == alice));
    gone({1});
    change();
    clock.advance(std::chrono::hours(24 * 7 + 1));
    mirror->tend();
    BOOST_TEST(!user("alice"));
    BOOST_TEST(members("staff") == "");
    put(Person{3, "alice", 200001});
    change();
    BOOST_TEST((user("alice")->id != alice));
    BOOST_TEST(members("staff") == "alice");
}

BOOST_AUTO_TEST_CASE(an_admin_of_the_host_suspends_for_good) {
    put(Person{1, "alice", 200001});
    whole();
    must(directory.suspend_user(root, id_of("alice"), "on leave", clock.now() + std::chrono::hours(1), {}));
    gone({1});
    change();
    put(Person{1, "alice", 200001});
    change();
    BOOST_TEST((user("alice")->state == UserState::suspended));
    BOOST_TEST(user("alice")->state_reason == "on leave");
    clock.advance(std::chrono::hours(2));
    must(directory.end_what_is_over());
    BOOST_TEST((user("alice")->state == UserState::suspended));
}

BOOST_AUTO_TEST_CASE(the_server_disables_and_enables) {
    put(Person{1, "alice", 200001, 0, true});
    whole();
    BOOST_TEST(user("alice")->state_reason == "disabled by ldap:corp");
    BOOST_TEST((code_of(directory.resume_user(root, id_of("alice"), "", {})) == Errc::read_only_source));
    put(Person{1, "alice", 200001});
    change();
    BOOST_TEST((user("alice")->state == UserState::active));
}

BOOST_AUTO_TEST_CASE(the_guard_holds_the_removal_of_many) {
    std::vector<unsigned> few;
    for (unsigned i = 1; i <= 100; ++i) {
        put(Person{i, fmt::format("u{}", i), 200000 + i});
        if (i <= 80) few.push_back(i);
    }
    whole();
    refresh();
    present(few);
    put(Person{1, "u1", 200001, 0, false, "/bin/zsh"});
    point(wire::LdapPointKind::refreshed_rest);
    BOOST_TEST((user("u100")->state == UserState::active));
    BOOST_TEST(user("u1")->shell == "/bin/zsh");  // changes happen
    BOOST_TEST(status("held") == 20);
    BOOST_TEST((code_of(mirror->confirm(root, "corp", 19, {})) == Errc::policy_violation));
    present({100});
    change();
    BOOST_TEST(status("held") == 19);
    must(mirror->confirm(root, "corp", 19, {}));
    BOOST_TEST(status("held") == -1);
    BOOST_TEST((user("u99")->state == UserState::suspended));
    BOOST_TEST((user("u100")->state == UserState::active));
    BOOST_TEST(trail().front().action == "ldap.confirm");
}

BOOST_AUTO_TEST_CASE(an_interrupted_refresh_removes_nobody) {
    put(Person{1, "alice", 200001}).put(Person{2, "bert", 200002});
    whole();
    refresh();
    present({2});
    gone({1});
    flush();
    mirror->hung_up();
    mirror->begin();
    BOOST_TEST((user("alice")->state == UserState::active));
    refresh();
    present({1});
    point(wire::LdapPointKind::refreshed);
    BOOST_TEST((user("alice")->state == UserState::active));
    BOOST_TEST((user("bert")->state == UserState::active));
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

BOOST_AUTO_TEST_CASE(the_last_admin_is_not_suspended_by_a_server) {
    put(Person{1, "alice", 200001}).put(Person{2, "bert", 200002});
    whole();
    directory.guard([this]() -> Result<AdminsWay> {
        return user("alice")->state == UserState::active ? AdminsWay::for_good : AdminsWay::none;
    });
    gone({1});
    put(Person{2, "bert", 200002, 0, false, "/bin/zsh"});
    change();
    BOOST_TEST((user("alice")->state == UserState::active));
    BOOST_TEST(user("bert")->shell == "/bin/zsh");
    BOOST_TEST(status("held") == 1);
    put(Person{1, "alice", 200001, 0, true});
    change();
    BOOST_TEST((user("alice")->state == UserState::active));
    BOOST_TEST(quarantined() == "alice:last-admin");
}

BOOST_AUTO_TEST_CASE(nonsense_is_refused) {
    BOOST_TEST((code_of(mirror->hear(wire::LdapRefresh{"none", "", false})) == Errc::not_supported));
    BOOST_TEST((code_of(mirror->hear(wire::LdapPoint{"corp", "", wire::LdapPointKind::refreshed})) ==
                Errc::not_supported));
    refresh();
    items.add(frame_of(wire::LdapMembers{uuid(1), false, {}, true}));
    flush();
    BOOST_TEST(!mirror->hear(wire::LdapPoint{"corp", "", wire::LdapPointKind::refreshed}));
}

BOOST_AUTO_TEST_SUITE_END()
