// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/mirror/mirror.h"

#include "daemon/directory/rights.h"
#include "daemon/store/credentials.h"
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

BOOST_AUTO_TEST_CASE(a_secret_of_codes_is_kept_apart_and_counts_until_it_is_gone) {
    auto& table = store->credentials();
    must(table.use_key(store::SealingKey::random()));
    Person alice{1, "alice", 200001};
    alice.totp_secret = "a secret of twenty b";
    put(alice).put(Person{2, "bob2", 200002});
    whole();
    const auto id = user("alice")->id;
    const auto first = must(table.find_totp(id));
    BOOST_REQUIRE((first && first->secret));
    BOOST_TEST(first->secret->text() == "a secret of twenty b");
    BOOST_TEST(!must(table.has_totp(user("bob2")->id)));
    BOOST_TEST(must(store->remote().find_by_user(id))->frame.find("secret of") == std::string::npos);
    BOOST_TEST(trail().front().detail.find("secret") == std::string::npos);

    must(table.use_step(id, 1000));
    put(alice).put(Person{2, "bob2", 200002});
    whole();
    BOOST_TEST(must(table.find_totp(id))->last_step == 1000);
    alice.totp_secret = "another one, as long";
    put(alice);
    change();
    BOOST_TEST(must(table.find_totp(id))->secret->text() == "another one, as long");
    BOOST_TEST(must(table.find_totp(id))->last_step == 1000);  // no step counts twice, whatever its secret
    alice.totp_secret.clear();
    put(alice);
    change();
    BOOST_TEST(!must(table.has_totp(id)));
    BOOST_TEST(!must(table.has_totp_of_server(id)));
    must(table.put_totp(id, Secret("of this host, twenty"), {}, 0, clock.now()));
    alice.display_name = "Alice";
    put(alice);
    change();
    BOOST_TEST(must(table.has_totp(id)));
}

BOOST_AUTO_TEST_CASE(who_has_a_secret_that_has_not_come_does_not_come_in_without) {
    must(store->credentials().use_key(store::SealingKey::random()));
    Person alice{1, "alice", 200001};
    alice.totp_secret = "a secret of twenty b";
    items.add(frame_of(alice));
    change();
    BOOST_TEST(!user("alice"));
    BOOST_TEST(quarantined() == "alice:bad-value");
    put(alice);
    whole();
    BOOST_TEST(must(store->credentials().has_totp(user("alice")->id)));
    const auto id = uuid(3);
    items.add(frame_of(Person{3, "carl", 200003}));
    items.add(frame_of(wire::LdapTotp{id, "a secret of nobody's"}));
    must(mirror->hear(wire::LdapBatch{"corp", items.values()}));
    BOOST_TEST(!mirror->hear(wire::LdapPoint{"corp", "", wire::LdapPointKind::change}).has_value());
}

BOOST_AUTO_TEST_CASE(a_group_of_the_host_keeps_its_name) {
    host.write("etc/group", "root:x:0:\nsudo:x:27:carla\nadm:x:4:\nstaff:x:50:\n");
    must(directory.refresh_host_files());
    put(Team{10, "staff", 210000}).put(Team{11, "adm", 210001}).put(Person{1, "lost", 200001, 210000});
    whole();
    BOOST_TEST(quarantined() == "adm:privileged-name staff:name-taken lost:no-group");
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

BOOST_AUTO_TEST_CASE(an_end_that_the_server_sets_comes_beside_the_hosts_own) {
    const Time there = clock.now() + std::chrono::hours(48);
    const auto ending = [&](Time end) {
        Person alice{1, "alice", 200001};
        alice.ends_at = static_cast<std::uint64_t>(to_unix(end));
        return alice;
    };
    put(ending(there));
    whole();
    BOOST_TEST((end_of(*user("alice")) == there));
    BOOST_TEST(is_usable(*user("alice"), there - std::chrono::seconds(1)));
    BOOST_TEST(!is_usable(*user("alice"), there));
    BOOST_TEST((user("alice")->state == UserState::active));
    // The earlier one counts, and neither changes the other.
    const Time here = clock.now() + std::chrono::hours(24);
    must(directory.update_user(root, id_of("alice"), {{"expires", to_unix(here)}}, {}));
    BOOST_TEST((end_of(*user("alice")) == here));
    put(Person{1, "alice", 200001});
    change();
    BOOST_TEST((end_of(*user("alice")) == here));
    put(ending(clock.now() + std::chrono::hours(1)));
    change();
    BOOST_TEST((end_of(*user("alice")) == clock.now() + std::chrono::hours(1)));
    must(directory.take_expired());
    clock.advance(std::chrono::hours(2));
    BOOST_TEST(must(directory.take_expired()).size() == 1U);  // whose sessions end
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

BOOST_AUTO_TEST_SUITE_END()
