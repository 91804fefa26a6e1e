// SPDX-License-Identifier: LGPL-2.1-or-later
// The last way in: every way to lose it is refused, and only with it.
#include "daemon/login/way_in.h"

#include "daemon/directory/directory.h"
#include "tests/unit/directory/support.h"
#include "tests/unit/login/support.h"

using namespace userd;
using namespace userd::test;

namespace {

// alice is an admin with password and codes, bob an ordinary user; the host lets userd hand out sudo.
struct Fixture {
    Fixture() {
        host.write("etc/passwd", "root:x:0:0:root:/root:/bin/bash\n");
        host.write("etc/group", "root:x:0:\nsudo:x:27:\n");
        host.write("etc/userd/local-groups", "sudo:27\n");
        world.config.local_groups = {"sudo"};
        directory.guard([this] { return world.credentials.admin_can_log_in(); });
        must(directory.update_user(root, alice, {{"role", "admin"}}, {}));
    }
    template <typename T>
    bool is_refused(const Result<T>& done) {
        return !done && done.error().code == Errc::last_admin;
    }
    Result<Outcome> update(const Fields& fields, bool allow = false) {
        ChangeOptions options;
        options.allow_lockout = allow;
        return directory.update_user(root, alice, fields, options);
    }
    bool somebody() { return static_cast<bool>(must(world.credentials.admin_can_log_in())); }
    std::int64_t now() { return to_unix(world.clock.now()); }

    HostRoot host;
    World world;
    Directory directory{*world.store, {}, world.config, world.clock, host.path()};
    const Actor root{0, "root", "bus", {}};
};

LoginRule rule_of(std::vector<std::vector<Factor>> require, std::vector<std::string> services = {}) {
    LoginRule rule;
    rule.services = std::move(services);
    rule.require = std::move(require);
    return rule;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(last_way_in, Fixture)

BOOST_AUTO_TEST_CASE(suspending_the_last_admin_is_refused_and_changes_nothing) {
    BOOST_TEST(is_refused(directory.suspend_user(root, alice, "", {}, {})));
    BOOST_TEST((must(world.store->users().find(alice))->state == UserState::active));
    ChangeOptions dry;
    dry.dry_run = true;
    BOOST_TEST(is_refused(directory.suspend_user(root, alice, "", {}, dry)));
}

BOOST_AUTO_TEST_CASE(whoever_says_so_may_lock_themselves_out) {
    ChangeOptions allow;
    allow.allow_lockout = true;
    must(directory.suspend_user(root, alice, "", {}, allow));
    BOOST_TEST(!somebody());
    must(directory.delete_user(root, alice, {}));  // nobody could get in before, so nothing is lost
}

BOOST_AUTO_TEST_CASE(a_second_admin_makes_it_possible) {
    must(directory.update_user(root, bob, {{"role", "admin"}}, {}));
    must(directory.suspend_user(root, alice, "", {}, {}));
    BOOST_TEST(is_refused(directory.suspend_user(root, bob, "", {}, {})));
}

BOOST_AUTO_TEST_CASE(the_group_sudo_counts_like_the_role) {
    must(directory.add_members(root, "sudo", {"bob"}, {}, {}));
    must(directory.update_user(root, alice, {{"role", "user"}}, {}));
    BOOST_TEST(is_refused(directory.remove_members(root, "sudo", {"bob"}, {})));
    BOOST_TEST(is_refused(directory.update_user(root, bob, {{"local_groups", Names{}}}, {})));
}

BOOST_AUTO_TEST_CASE(times_that_end_or_put_off_the_last_way_in_are_refused) {
    BOOST_TEST(is_refused(update({{"expires", now()}})));
    BOOST_TEST(is_refused(update({{"not_before", now() + 3600}})));
}

// A day that comes asks nobody: the lock-out would be noticed when it is there.
BOOST_AUTO_TEST_CASE(an_end_to_come_of_the_last_way_in_is_refused_too) {
    BOOST_TEST(is_refused(update({{"expires", now() + 3600}})));
    must(directory.add_members(root, "sudo", {"bob"}, world.clock.now() + std::chrono::hours(1), {}));
    BOOST_TEST(is_refused(update({{"expires", now() + 3600}})));
    must(directory.update_user(root, bob, {{"role", "admin"}}, {}));
    must(update({{"expires", now() + 3600}}));
    BOOST_TEST(is_refused(directory.suspend_user(root, bob, "", {}, {})));
}

BOOST_AUTO_TEST_CASE(where_every_way_in_has_an_end_the_last_stays_all_the_same) {
    must(update({{"expires", now() + 3600}}, true));
    BOOST_TEST((must(world.credentials.admin_can_log_in()) == AdminsWay::for_a_time));
    must(update({{"expires", now() + 7200}}));
    BOOST_TEST(is_refused(directory.suspend_user(root, alice, "", {}, {})));
    must(update({{"expires", std::int64_t{-1}}}));
    BOOST_TEST((must(world.credentials.admin_can_log_in()) == AdminsWay::for_good));
}

BOOST_AUTO_TEST_CASE(a_shell_that_lets_nobody_in_is_no_way_in) {
    BOOST_TEST(is_refused(update({{"shell", "/usr/sbin/nologin"}})));
    BOOST_TEST(is_refused(update({{"shell", "/bin/false"}})));
    must(update({{"shell", "/bin/sh"}}));
}

BOOST_AUTO_TEST_CASE(taking_the_role_is_refused_by_each_call_that_does) {
    BOOST_TEST(is_refused(update({{"role", "user"}})));
    BOOST_TEST(is_refused(update({{"roles", Names{}}})));
    BOOST_TEST(is_refused(update({{"roles_remove", Names{"admin"}}})));
    BOOST_TEST(is_refused(directory.revoke_role(root, Role::admin_id, {"alice"}, {})));
}

BOOST_AUTO_TEST_CASE(a_role_that_brings_sudo_counts_too) {
    must(directory.create_role(root, "operator", {{"groups", Names{"sudo"}}}, {}));
    const auto role = must(directory.get_role("operator")).id;
    must(directory.grant_role(root, role, {"bob"}, {}));
    must(directory.update_user(root, alice, {{"role", "user"}}, {}));
    BOOST_TEST(is_refused(directory.revoke_role(root, role, {"bob"}, {})));
    BOOST_TEST(is_refused(directory.update_role(root, role, {{"groups", Names{}}}, {})));
}

BOOST_AUTO_TEST_CASE(factors_that_the_policy_needs_are_not_taken) {
    must(update({{"enrol_until", std::int64_t{-1}}}));
    must(update({{"mfa", "required"}}));
    BOOST_TEST(is_refused(world.credentials.reset_mfa(root, alice, std::chrono::seconds(-1))));
    must(world.credentials.reset_mfa(root, alice, std::chrono::hours(1)));  // enrols at the next login
    BOOST_TEST(is_refused(update({{"enrol_until", std::int64_t{-1}}})));
}

BOOST_AUTO_TEST_CASE(a_policy_that_nobody_can_meet_is_refused) {
    must(directory.update_user(root, bob, {{"role", "admin"}, {"enrol_until", std::int64_t{-1}}}, {}));
    must(directory.suspend_user(root, alice, "", {}, {}));
    BOOST_TEST(is_refused(
        directory.update_user(root, bob, {{"mfa", "required"}, {"enrol_until", std::int64_t{-1}}}, {})));
    must(directory.update_user(root, bob, {{"mfa", "required"}}, {}));  // enrols at the next login
}

BOOST_AUTO_TEST_CASE(a_groups_policy_that_nobody_can_meet_is_refused) {
    world.config.mfa.enrol_window = Duration{0};
    must(directory.update_user(root, bob, {{"role", "admin"}, {"enrol_until", std::int64_t{-1}}}, {}));
    must(directory.suspend_user(root, alice, "", {}, {}));
    must(directory.create_group(root, "strict", {{"mfa", "required"}}, {}));
    must(directory.create_group(root, "crew", {{"members", Names{"bob"}}}, {}));
    BOOST_TEST(is_refused(directory.add_members(root, "strict", {"bob"}, {}, {})));
    const auto crew = must(directory.get_group("crew")).id;
    BOOST_TEST(is_refused(directory.update_group(root, crew, {{"mfa", "required"}}, {})));
    must(directory.update_group(root, crew, {{"mfa", "optional"}}, {}));
}

BOOST_AUTO_TEST_CASE(the_last_admin_is_not_deleted_either) {
    BOOST_TEST(code_of(directory.delete_user(root, alice, {})) == Errc::not_suspended);
    BOOST_TEST(somebody());
}

BOOST_AUTO_TEST_CASE(new_login_rules_that_let_no_admin_in_are_refused) {
    Config fresh = world.config;
    fresh.rules = {rule_of({{Factor::key}})};
    BOOST_TEST(is_refused(world.credentials.check_way_in(fresh)));
    fresh.rules = {rule_of({{Factor::key}, {Factor::password}})};
    must(world.credentials.check_way_in(fresh));
}

BOOST_AUTO_TEST_CASE(access_lines_that_let_no_admin_in_are_refused) {
    const auto refused = [&](const std::string& lines) {
        Config fresh = world.config;
        auto loaded = parse_config("login: {access: [" + lines + "]}", "test.yaml");
        BOOST_REQUIRE_MESSAGE(loaded.config, (loaded.problems.empty() ? "" : to_text(loaded.problems[0])));
        fresh.access = loaded.config->access;
        return is_refused(world.credentials.check_way_in(fresh));
    };
    BOOST_TEST(refused("{allow: {users: [bob]}}"));
    BOOST_TEST(refused("{service: sshd, allow: {users: [bob]}}, {allow: {groups: [nobody-yet]}}"));
    BOOST_TEST(refused("{service: cron, allow: {users: [alice]}}, {allow: {users: [bob]}}"));
    BOOST_TEST(!refused("{service: sshd, allow: {users: [bob]}}"));  // the console is open
    BOOST_TEST(!refused("{allow: {roles: [admin]}}"));
    BOOST_TEST(!refused("{network: 10.9.0.0/16, allow: {roles: [admin]}}"));
    BOOST_TEST(!refused("{service: vsftpd, allow: {users: [alice]}}, {allow: {users: [bob]}}"));
}

BOOST_AUTO_TEST_CASE(hours_that_are_over_come_again) {
    world.config.access = parse_config("login: {access: [{hours: \"Mo 03:00-03:01\"}]}", "").config->access;
    BOOST_TEST(somebody());
    BOOST_TEST(is_refused(directory.suspend_user(root, alice, "", {}, {})));  // at whatever hour it is tried
}

BOOST_AUTO_TEST_CASE(an_access_line_makes_the_membership_that_it_names_a_way_in) {
    must(directory.create_group(root, "ssh-users", {{"members", Names{"alice"}}}, {}));
    world.config.access =
        parse_config("login: {access: [{allow: {groups: [ssh-users]}}]}", "").config->access;
    BOOST_TEST(is_refused(directory.remove_members(root, "ssh-users", {"alice"}, {})));
    must(directory.update_user(root, bob, {{"role", "admin"}, {"groups", Names{"ssh-users"}}}, {}));
    must(directory.remove_members(root, "ssh-users", {"alice"}, {}));
}

BOOST_AUTO_TEST_CASE(the_last_key_of_who_has_no_password_stays) {
    must(world.store->users().insert(sample_user(3, "carol", 70003), ""));
    const ObjectId carol{3};
    must(directory.update_user(root, carol, {{"role", "admin"}}, {}));
    const auto print = must(world.credentials.add_ssh_key(
        root, carol, "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHVzZXJkIHRlc3Qga2V5IG51bWJlciBvbmUhISEh carol",
        {}));
    must(directory.suspend_user(root, alice, "", {}, {}));
    BOOST_TEST(is_refused(world.credentials.remove_ssh_key(root, carol, print)));
    ChangeOptions allow;
    allow.allow_lockout = true;
    BOOST_TEST(must(world.credentials.remove_ssh_key(root, carol, print, allow)));
}

BOOST_AUTO_TEST_CASE(a_batch_is_asked_once_at_its_end) {
    const auto swap = [&](bool promote) {
        return directory.batch({}, [&]() -> Result<void> {
            TRY(directory.suspend_user(root, alice, "", {}, {}));
            if (promote) TRY(directory.update_user(root, bob, {{"role", "admin"}}, {}));
            return {};
        });
    };
    BOOST_TEST(is_refused(swap(false)));
    BOOST_TEST((must(world.store->users().find(alice))->state == UserState::active));
    BOOST_TEST(must(swap(true)));
}

BOOST_AUTO_TEST_CASE(what_the_clock_and_the_host_do_is_not_refused) {
    must(directory.add_members(root, "sudo", {"bob"}, world.clock.now() + std::chrono::hours(2), {}));
    must(update({{"role", "user"}}, true));
    world.clock.advance(std::chrono::hours(3));
    must(directory.end_what_is_over());
    BOOST_TEST(!somebody());
}

BOOST_AUTO_TEST_CASE(login_rules_that_let_no_admin_in_are_seen) {
    const auto open_under = [&](std::vector<LoginRule> rules) {
        Config config = world.config;
        config.rules = std::move(rules);
        return static_cast<bool>(must(find_admin_who_can_log_in(*world.store, config, world.clock.now())));
    };
    BOOST_TEST(open_under({rule_of({{Factor::password}})}));
    BOOST_TEST(open_under({rule_of({{Factor::password, Factor::totp}})}));
    BOOST_TEST(!open_under({rule_of({{Factor::key, Factor::totp}})}));  // alice has no key
    BOOST_TEST(open_under({rule_of({{Factor::key}}, {"sshd"}), rule_of({{Factor::password}}, {"login"})}));
    BOOST_TEST(open_under({rule_of({{Factor::key}, {Factor::password, Factor::totp}})}));
}

BOOST_AUTO_TEST_CASE(sudo_alone_is_no_way_in) {
    Config config = world.config;
    config.rules = {rule_of({{Factor::password}}, {"sudo"}), rule_of({{Factor::key}})};
    BOOST_TEST(!must(find_admin_who_can_log_in(*world.store, config, world.clock.now())));
}

BOOST_AUTO_TEST_CASE(who_cannot_log_in_does_not_count) {
    const auto counts = [&] {
        return must(could_log_in(*world.store, world.config, *must(world.store->users().find(bob)),
                                 world.clock.now()));
    };
    BOOST_TEST(counts());
    world.change_user(bob, [](User& user) { user.collides = true; });
    BOOST_TEST(!counts());
    world.change_user(bob, [](User& user) { user.collides = false, user.state = UserState::pending; });
    BOOST_TEST(!counts());
}

BOOST_AUTO_TEST_SUITE_END()
