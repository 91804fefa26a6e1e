// SPDX-License-Identifier: LGPL-2.1-or-later
// What of a refresh counts, and when: its end, the guard, who is gone.
#include "tests/unit/mirror/support.h"

using namespace userd;
using namespace userd::test;

BOOST_FIXTURE_TEST_SUITE(mirror_refreshes, MirrorFixture)

BOOST_AUTO_TEST_CASE(nothing_is_seen_before_the_point) {
    refresh();
    put(Person{1, "alice", 200001});
    flush();
    BOOST_TEST(!user("alice"));
    mirror->hung_up();
    mirror->begin();
    BOOST_TEST(!user("alice"));
}

// More than is kept in memory: it is in the store before its refresh ends.
BOOST_AUTO_TEST_CASE(what_came_of_a_refresh_that_was_cut_waits_for_one_that_ends) {
    put(Person{1, "alice", 200001}).put(Person{2, "bert", 200002});
    whole();
    const auto some = [&] {
        put(Person{1, "alice", 200001, 0, false, "/bin/zsh"}).put(Person{2, "robert", 200002});
        for (unsigned i = 3; i < 40; ++i) {
            put(Person{i, fmt::format("u{}", i), 200000 + i, 0, false, "", "", std::string(60'000, 'x')});
            flush();
        }
    };
    const auto as_before = [&] {
        return status("user_count") == 2 && user("alice")->shell == "/bin/sh" && user("bert") && !user("u3");
    };
    refresh();
    some();
    BOOST_TEST(must(store->remote().count_pending(1, 100)) > 10U);
    mirror->tend();
    spin();
    BOOST_TEST(as_before());  // it goes on
    mirror->hung_up();
    mirror->begin();
    clock.advance(std::chrono::minutes(2));
    mirror->tend();
    spin();
    BOOST_TEST(as_before());
    config.users.shell = "/bin/false";  // what else has everybody looked at again
    mirror->use_config(config);
    spin();
    open();  // so does another start
    BOOST_TEST(as_before());
    refresh();
    some();
    point(wire::LdapPointKind::refreshed);
    BOOST_TEST(user("alice")->shell == "/bin/zsh");
    BOOST_TEST(user("robert").has_value());
    BOOST_TEST(status("user_count") == 39);
}

BOOST_AUTO_TEST_CASE(what_is_held_can_be_confirmed_while_a_refresh_is_under_way) {
    put_crowd(20).whole();
    refresh();
    present(up_to(10));
    point(wire::LdapPointKind::refreshed_rest);
    BOOST_TEST(status("held") == 10);
    refresh();
    for (unsigned i = 1; i < 40; ++i) {
        put(Person{i == 1 ? 1 : 100 + i, fmt::format("n{}", i), 210000 + i, 0, false, "", "",
                   std::string(60'000, 'x')});
        flush();
    }
    must(mirror->confirm(root, "corp", 10, {}));
    spin();
    BOOST_TEST((user("u20")->state == UserState::suspended));
    BOOST_TEST(user("u1").has_value());
    BOOST_TEST(!user("n2"));
}

BOOST_AUTO_TEST_CASE(once_a_day_all_is_compared) {
    unsigned asked = 0;
    mirror->on_wanted([&](const wire::LdapBegin& begin) {
        BOOST_TEST(begin.whole);
        ++asked;
    });
    const auto hours = [&](int count) {
        for (int i = 0; i < count; ++i) {
            clock.advance(std::chrono::hours(1));
            mirror->tend();
        }
    };
    put(Person{1, "alice", 200001});
    whole();
    hours(30);
    BOOST_TEST(asked == 0U);  // it is not followed
    mirror->hear(wire::LdapStatus{"corp", wire::LdapPhase::following, "ldaps://ldap.example", "", ""});
    put(Person{1, "alice", 200001});
    whole();
    hours(19);
    BOOST_TEST(asked == 0U);
    hours(10);
    BOOST_TEST(asked == 1U);
    hours(30);
    BOOST_TEST(asked == 1U);  // once, until it came
    mirror->hung_up();
    BOOST_TEST(mirror->begin().front().whole);
    mirror->hear(wire::LdapStatus{"corp", wire::LdapPhase::following, "ldaps://ldap.example", "", ""});
    put(Person{1, "alice", 200001});
    whole();
    hours(29);
    BOOST_TEST(asked == 2U);
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

BOOST_AUTO_TEST_CASE(the_guard_holds_the_removal_of_many) {
    put_crowd(100).whole();
    refresh();
    present(up_to(80));
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

BOOST_AUTO_TEST_CASE(nonsense_is_refused) {
    BOOST_TEST((code_of(mirror->hear(wire::LdapRefresh{"none", "", false})) == Errc::not_supported));
    BOOST_TEST((code_of(mirror->hear(wire::LdapPoint{"corp", "", wire::LdapPointKind::refreshed})) ==
                Errc::not_supported));
    refresh();
    BOOST_TEST((code_of(mirror->hear(wire::LdapPoint{"corp", "", wire::LdapPointKind::change})) ==
                Errc::not_supported));
    items.add(frame_of(wire::LdapMembers{uuid(1), false, {}, true}));
    flush();
    BOOST_TEST(!mirror->hear(wire::LdapPoint{"corp", "", wire::LdapPointKind::refreshed}));
}

BOOST_AUTO_TEST_SUITE_END()
