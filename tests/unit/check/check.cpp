// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/check/check.h"

#include "tests/unit/check/support.h"

using namespace userd;
using namespace userd::test;

BOOST_FIXTURE_TEST_SUITE(check_, Ward)

BOOST_AUTO_TEST_CASE(a_directory_in_order_has_no_findings) {
    create_group("web");
    create("alice", {{"groups", std::vector<std::string>{"web"}}});
    create("dora", {{"local_groups", std::vector<std::string>{"sudo"}}});
    BOOST_TEST(found() == "");
}

BOOST_AUTO_TEST_CASE(rows_of_nobody_are_found_by_what_they_are) {
    create_group("web");
    create("alice", {{"groups", std::vector<std::string>{"web"}}});
    break_it(
        "INSERT INTO members (group_id, user_id, generation) SELECT id, 42, 1 FROM groups;"
        "INSERT INTO local_members (user_id, name, gid) VALUES (42, 'sudo', 27);"
        "INSERT INTO passwords (user_id, hash, changed_at) VALUES (42, 'x', 0);"
        "INSERT INTO user_tags (user_id, tag) VALUES (42, 'x')");
    BOOST_TEST(found() ==
               "member-missing group:web\nmember-missing group:sudo\norphaned-credential "
               "store\norphaned-credential store\n");
}

BOOST_AUTO_TEST_CASE(numbers_and_names_that_two_have) {
    const auto alice = create("alice");
    create("dora");
    create_group("web");
    break_it(fmt::format(
        "UPDATE groups SET gid = {0}; INSERT INTO tombstones VALUES ({0}, 'user', 'frank', 1, 0, 0, 'local')",
        must(directory->find_user(alice))->uid));
    const auto text = found();
    BOOST_TEST(text.find("id-duplicate user:alice\nid-duplicate user:alice\nid-duplicate group:web") !=
               std::string::npos);
    break_it("UPDATE groups SET gid = 90000, name = 'dora'; DELETE FROM tombstones");
    BOOST_TEST(found().find("id-duplicate user:dora") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(groups_in_groups_that_lead_nowhere) {
    for (const char* name : {"ops", "web"}) create_group(name);
    break_it(
        "INSERT INTO members (group_id, subgroup_id, generation) SELECT a.id, b.id, 1 FROM groups a, groups "
        "b "
        "WHERE a.id <> b.id;"
        "INSERT INTO members (group_id, subgroup_id, generation) SELECT id, 42, 1 FROM groups WHERE name = "
        "'web'");
    BOOST_TEST(found() ==
               "dead-nested-group group:ops\ndead-nested-group group:web\ndead-nested-group group:web\n");
}

BOOST_AUTO_TEST_CASE(roles_that_name_what_is_gone) {
    create_group("web");
    must(directory->create_role(admin, "helpdesk",
                                {{"grants", std::vector<std::string>{"user.read"}},
                                 {"scope", std::vector<std::string>{"web", "sudo"}}},
                                {}));
    BOOST_TEST(found() == "");
    break_it(
        "INSERT INTO role_groups SELECT id, 'comes', 42, '' FROM roles WHERE name = 'helpdesk';"
        "INSERT INTO role_excluded SELECT id, 43 FROM roles WHERE name = 'helpdesk';"
        "INSERT INTO role_groups SELECT id, 'scope', NULL, 'gone' FROM roles WHERE name = 'helpdesk'");
    BOOST_TEST(
        found() ==
        "role-scope-stale role:helpdesk\nrole-scope-stale role:helpdesk\nrole-scope-stale role:helpdesk\n");
}

BOOST_AUTO_TEST_CASE(numbers_that_are_not_ours_to_give) {
    create("alice");
    create("dora");
    create("erin");
    break_it(
        "UPDATE users SET uid = 65533 WHERE name = 'alice'; UPDATE users SET uid = 300000 WHERE name = "
        "'dora'; "
        "UPDATE users SET uid = 1000 WHERE name = 'erin'");
    write("etc/subuid", "bob:300000:10\n");
    const auto text = found();
    for (const char* line : {"id-foreign user:alice", "id-foreign user:dora", "subid-overlap user:dora",
                             "id-taken user:erin", "snapshot-differs user:erin"})
        BOOST_TEST(text.find(line) != std::string::npos, line << " in " << text);
}

BOOST_AUTO_TEST_CASE(of_a_directory_servers_numbers_among_subordinate_ones_each_source_tells_once) {
    for (const char* name : {"alice", "dora", "erin"}) create(name);
    create_group("web");
    config.ldap.emplace_back().name = "corp";
    config.ldap.emplace_back().name = "lab";
    break_it(
        "UPDATE users SET uid = 300000 + uid, source = 'ldap:corp', home = '/nowhere';"
        "UPDATE groups SET gid = 300000 + gid, source = 'ldap:corp'");
    must(publisher->rebuild());
    BOOST_TEST(found() == "");
    write("etc/login.defs", "SUB_UID_MIN 100000\nSUB_UID_MAX 600100000\n");
    BOOST_TEST(found() == "subid-range ldap:corp\n");
    BOOST_TEST(look().front().message ==
               "4 numbers of its users and groups lie in /etc/login.defs (SUB_UID, 100000-600100000)");
    write("etc/login.defs", "SUB_UID_COUNT 0\nSUB_GID_COUNT 0\n");
    BOOST_TEST(found() == "");
    write("etc/subuid", "bob:370000:65536\n");
    BOOST_TEST(found() == "subid-overlap ldap:corp\n");
}

BOOST_AUTO_TEST_CASE(a_local_account_that_came_later_is_told) {
    create("alice");
    write("etc/passwd", "alice:x:1001:1001::/home/alice:/bin/bash\n");
    must(directory->refresh_host_files());
    BOOST_TEST(found() == "id-taken user:alice\n");
}

BOOST_AUTO_TEST_CASE(a_former_name_in_the_hosts_files) {
    const auto frank = create("frank");
    must(directory->suspend_user(admin, frank, "", {}, {}));
    must(directory->delete_user(admin, frank, {}));
    BOOST_TEST(found() == "");
    write("etc/group", "root:x:0:\nsudo:x:27:frank\nbob:x:1000:\n");
    BOOST_TEST(found() == "stale-name host:frank\n");
}

BOOST_AUTO_TEST_CASE(local_groups_that_the_host_does_not_have) {
    config.local_groups = {"sudo", "docker"};
    create("dora", {{"local_groups", std::vector<std::string>{"sudo"}}});
    BOOST_TEST(found() == "local-group-missing local-group:docker\n");
    config.local_groups = {"sudo"};
    write("etc/group", "root:x:0:\nsudo:x:30:\nbob:x:1000:\n");
    write("etc/userd/local-groups", "sudo:30\n");
    BOOST_TEST(found() == "local-group-missing local-group:sudo\n");
}

BOOST_AUTO_TEST_CASE(homes_and_shells) {
    const auto alice = create("alice");
    create("dora", {{"shell", std::string("/usr/sbin/nologin")}});
    create("erin", {{"shell", std::string("/bin/odd")}});
    std::filesystem::remove(root / "home/alice");
    BOOST_TEST(found() == "shell-unlisted user:erin\n");  // alice never logged in
    break_it(fmt::format("UPDATE users SET last_login = {} WHERE id = {}",
                         clock.now().time_since_epoch().count(), alice.value));
    BOOST_TEST(found() == "home-missing user:alice\nshell-unlisted user:erin\n");
    std::filesystem::create_directory(root / "home/alice");
    if (::geteuid() == 0) BOOST_REQUIRE(::chown((root / "home/alice").c_str(), 70999, 70999) == 0);
    BOOST_TEST(found() == "home-owner user:alice\nshell-unlisted user:erin\n");
}

BOOST_AUTO_TEST_CASE(what_to_do_is_never_what_only_a_directory_server_can) {
    create("erin", {{"shell", std::string("/bin/odd")}});
    create("fred");
    break_it("UPDATE users SET source = 'ldap:corp' WHERE name = 'erin'");
    config.ids.ranges = {{90000, 90010}};  // of the host's own: each source has its own besides
    config.ids.accept = {};
    BOOST_TEST(found() == "id-foreign user:fred\nshell-unlisted user:erin\n");
    BOOST_TEST(look().back().advice ==
               "another shell on the directory server, or ldap.corp.override in userd.yaml");
}

BOOST_AUTO_TEST_CASE(accounts_that_ended_or_rest) {
    const auto end = to_unix(clock.now()) + 60;
    create("alice", {{"expires", end}});
    create("dora");
    clock.advance(std::chrono::hours(1));
    BOOST_TEST(found() == "expired-active user:alice\n");
    clock.advance(std::chrono::hours(24 * 91));
    BOOST_TEST(found() == "expired-active user:alice\nstale-account user:alice\nstale-account user:dora\n");
}

BOOST_AUTO_TEST_CASE(second_factors) {
    create("alice", {{"mfa", std::string("required")}});
    const auto dora = create("dora", {{"mfa", std::string("required")}});
    create("erin", {{"mfa", std::string("required")}});
    auto change = must(store->begin());
    must(store->credentials().put_totp(dora, Secret("0123456789"), {}, 0, clock.now()));
    must(store->credentials().put_totp(ObjectId{id_of("erin")}, Secret("01234567890123456789"), {}, 0,
                                       clock.now()));
    must(change.commit());
    BOOST_TEST(found() == "weak-totp-key user:dora\n");  // alice may still enrol
    clock.advance(std::chrono::hours(24 * 30));
    BOOST_TEST(found() == "mfa-missing user:alice\nweak-totp-key user:dora\n");
}

BOOST_AUTO_TEST_CASE(codes_used_ahead_of_the_clock) {
    const auto alice = create("alice");
    const auto use = [&](std::int64_t ahead) {
        auto change = must(store->begin());
        must(store->credentials().remove_totp(alice));
        must(store->credentials().put_totp(alice, Secret("01234567890123456789"), {},
                                           to_unix(clock.now()) / 30 + ahead, clock.now()));
        must(change.commit());
    };
    use(1);  // a code of the next step, or a restore
    BOOST_TEST(found() == "");
    use(20);
    BOOST_TEST(found() == "code-ahead user:alice\n");
    clock.advance(std::chrono::minutes(11));
    BOOST_TEST(found() == "");
}

BOOST_AUTO_TEST_CASE(keys_past_their_end) {
    const auto alice = create("alice");
    must(credentials->add_ssh_key(
        admin, alice,
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1Cr1cZyYgfFbC/8FcuI6eFYpbXxBkLJ0Ym9ecjrU3l laptop",
        {{"expires", to_unix(clock.now()) + 60}}));
    BOOST_TEST(found() == "");
    clock.advance(std::chrono::hours(1));
    BOOST_TEST(found() == "key-expired user:alice\n");
}

BOOST_AUTO_TEST_CASE(lookups_that_see_something_else) {
    create_group("web");
    create("alice", {{"groups", std::vector<std::string>{"web"}}});
    create("dora");
    break_it("UPDATE users SET shell = '/bin/bash', home = '/home/elsewhere' WHERE name = 'alice'");
    BOOST_TEST(found() == "snapshot-differs user:alice\n");
    break_it("UPDATE users SET name = 'alina' WHERE name = 'alice'; DELETE FROM members");
    BOOST_TEST(found() == "snapshot-differs user:alina\nsnapshot-differs group:web\n");
    break_it("DELETE FROM users WHERE name = 'dora'; UPDATE meta SET value = value WHERE key = 'generation'");
    BOOST_TEST(found().find("snapshot-differs user:dora") != std::string::npos);
    std::filesystem::remove_all(snapshot_folder());
    BOOST_TEST(found() == "snapshot-differs snapshot\n");
}

BOOST_AUTO_TEST_CASE(one_user_and_one_rule_when_asked) {
    create("alice", {{"shell", std::string("/bin/odd")}, {"expires", to_unix(clock.now()) + 60}});
    create("dora", {{"shell", std::string("/bin/odd")}});
    clock.advance(std::chrono::hours(1));
    auto asked = request();
    asked.users = {ObjectId{id_of("alice")}};
    BOOST_TEST(must(check(asked)).findings.size() == 2U);
    asked.rules = {find_rule("shell-unlisted")};
    const auto one = must(check(asked));
    BOOST_TEST(one.findings.size() == 1U);
    BOOST_TEST(one.total == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
