// SPDX-License-Identifier: LGPL-2.1-or-later
// What a server, or a userd-ldap that it has taken over, may say to get somebody in, or out.
#include "tests/unit/mirror/support.h"

using namespace userd;
using namespace userd::test;

BOOST_FIXTURE_TEST_SUITE(hostile_server, MirrorFixture)

namespace {

std::string raw_entry(std::string_view name, std::uint32_t number, bool is_group = false) {
    const auto id = uuid(1);
    wire::LdapEntry entry;
    entry.uuid = id;
    entry.is_group = is_group;
    entry.dn = "uid=x,dc=example";
    entry.name = name;
    entry.number = entry.gid = number;
    return frame_of(entry);
}

}  // namespace

BOOST_AUTO_TEST_CASE(names_that_would_be_two_things_are_left_out) {
    for (const char* name :
         {"a:b", "..", "-x", "a/b", "a,b", "123", "a\nroot:x:0:0::/:/bin/sh", "a\tb", "\xff", "\xc0\xaf"}) {
        items.add(raw_entry(name, 200001));
        whole();
        BOOST_TEST(must(mirror->quarantine("corp", 0, 10)).rows.size() == 1U, name);
        BOOST_TEST(status("user_count") == 0);
    }
}

BOOST_AUTO_TEST_CASE(ids_that_are_never_anybodys_are_left_out_whatever_the_range) {
    corp().id_ranges = {{0, 4294967295}};
    mirror->use_config(config);
    for (const std::uint32_t id :
         {0U, 1U, 999U, 60001U, 61184U, 65534U, 65535U, 0x80000000U, 4294967294U, 4294967295U}) {
        items.add(raw_entry("x", id));
        whole();
        BOOST_TEST(quarantined() == "x:reserved-id");
        items.add(raw_entry("x", id, true));
        const auto key = uuid(1);
        items.add(frame_of(wire::LdapMembers{.uuid = key, .by_name = false, .members = {}, .last = true}));
        whole();
        BOOST_TEST(status("group_count") == 0);
    }
}

// Nobody becomes a member of a group of the host, or of root's number, by a primary group.
BOOST_AUTO_TEST_CASE(a_primary_group_is_one_of_the_same_server) {
    for (const std::uint32_t gid : {0U, 27U, 70000U, 4294967295U}) {
        put(Person{1, "mallory", 200001, gid == 0 ? 1 : gid});
        whole();
        BOOST_TEST(quarantined() == "mallory:no-group");
        BOOST_TEST(!user("mallory"));
    }
}

BOOST_AUTO_TEST_CASE(one_uuid_twice_is_one_account) {
    put(Person{1, "alice", 200001});
    put(Person{1, "mallory", 200002});
    whole();
    BOOST_TEST(status("user_count") == 1);
    BOOST_TEST(!user("alice"));
    BOOST_TEST(user("mallory").has_value());
    put(Person{0, "zero", 200003});  // a UUID of zeros is one like any other
    put(Person{1, "mallory", 200002});
    whole();
    BOOST_TEST(user("zero").has_value());
}

BOOST_AUTO_TEST_CASE(two_entries_of_one_dn_are_not_both_members) {
    const std::string dn = "uid=alice,ou=people,dc=example";
    put(Person{1, "alice", 200001, 0, false, "", dn}).put(Person{2, "mallory", 200002, 0, false, "", dn});
    put(Team{10, "crew", 210000, {dn}});
    whole();
    BOOST_TEST(members("crew").find(',') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(groups_that_name_themselves_or_each_other_end) {
    for (unsigned i = 0; i < 40; ++i)
        put(Team{10 + i,
                 fmt::format("g{}", i),
                 210000 + i,
                 {fmt::format("cn=g{},ou=groups,dc=example", (i + 1) % 40),
                  fmt::format("cn=g{},ou=groups,dc=example", i), "uid=alice,ou=people,dc=example",
                  "uid=alice,ou=people,dc=example"}});
    put(Person{1, "alice", 200001});
    whole();
    for (unsigned i = 0; i < 40; ++i) BOOST_TEST(members(fmt::format("g{}", i)) == "alice");
}

BOOST_AUTO_TEST_CASE(an_answer_that_leaves_nobody_removes_nobody) {
    put(Person{1, "alice", 200001}).put(Person{2, "bert", 200002});
    whole();
    whole();
    BOOST_TEST((user("alice")->state == UserState::active));
    BOOST_TEST((user("bert")->state == UserState::active));
    BOOST_TEST(status("held") == 2);
    must(mirror->confirm(root, "corp", 2, {}));
    BOOST_TEST((user("alice")->state == UserState::suspended));
    // Named as gone, one after the other, they are.
    put(Person{3, "carla", 200003});
    change();
    gone({3});
    change();
    BOOST_TEST((user("carla")->state == UserState::suspended));
}

BOOST_AUTO_TEST_CASE(homes_and_shells_are_paths_of_the_hosts_choice) {
    corp().overrides.home = "/srv/{uid}/{name}";
    mirror->use_config(config);
    put(Person{1, "{uid}", 200001});
    whole();
    BOOST_TEST(user("{uid}")->home == "/srv/200001/{uid}");
    corp().overrides = {.shell = "", .shell_missing = "", .home = "", .home_prefix_strip = "/home"};
    mirror->use_config(config);
    spin();
    BOOST_TEST(user("{uid}")->home == "/{uid}");
    corp().overrides.home_prefix_strip = "/hom";
    mirror->use_config(config);
    spin();
    BOOST_TEST(user("{uid}")->home == "/home/{uid}");
    put(Person{1, "alice", 200001, 0, false, "nologin\n/bin/sh"});
    change();
    BOOST_TEST(user("alice")->shell == config.users.shell);
}

// Each was looked for in each, for each of its members: 150 took a minute, and seconds in which nothing was
// answered.
BOOST_AUTO_TEST_CASE(groups_that_each_hold_all_others_keep_nobody_waiting) {
    constexpr unsigned count = 150;
    std::vector<std::string> all;
    for (unsigned i = 0; i < count; ++i) all.push_back(fmt::format("cn=g{},ou=groups,dc=example", i));
    put(Person{1, "alice", 200001});
    all.push_back("uid=alice,ou=people,dc=example");
    for (unsigned i = 0; i < count; ++i) put(Team{1000 + i, fmt::format("g{}", i), 210000 + i, all});
    ValueList kept = std::exchange(items, {});
    refresh(true);
    items = std::move(kept);
    flush();
    must(mirror->hear(wire::LdapPoint{"corp", "cookie", wire::LdapPointKind::refreshed_rest}));
    auto longest = std::chrono::steady_clock::duration{};
    while (mirror->is_settling()) {
        const auto began = std::chrono::steady_clock::now();
        must(loop->run_once(Duration(0)));
        longest = std::max(longest, std::chrono::steady_clock::now() - began);
    }
    BOOST_TEST((longest < std::chrono::seconds(10)));  // of a busy machine
    BOOST_TEST(members("g0") == "alice");
}

BOOST_AUTO_TEST_SUITE_END()
