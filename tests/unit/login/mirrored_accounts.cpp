// SPDX-License-Identifier: LGPL-2.1-or-later
// What else a directory server decides about its accounts: their standing, codes, keys and access.
#include <algorithm>

#include "daemon/login/explain.h"
#include "daemon/login/remote_queue.h"
#include "daemon/login/way_in.h"
#include "daemon/store/remote.h"
#include "daemon/store/roles.h"
#include "tests/unit/login/mirrored.h"

using namespace userd;
using namespace userd::test;
using namespace std::chrono_literals;
using wire::Phase;
using wire::Verdict;

namespace {

const Actor root{0, "root", "bus", {}};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(mirrored_accounts, Mirrored)

BOOST_AUTO_TEST_CASE(an_account_that_the_mirror_suspended_is_suspended) {
    change_user(carol, [](User& user) { user.state = UserState::suspended; });
    BOOST_TEST(comes() == Verdict::auth_err);
    BOOST_TEST(last_reason() == "suspended");
    server.is_away = true;
    BOOST_TEST(comes() == Verdict::auth_err);
    BOOST_TEST(verdict_of(*this, start_of(Phase::account, "carol", "cron"), {}) == Verdict::perm_denied);
    BOOST_TEST(last_reason() == "suspended");
}

BOOST_AUTO_TEST_CASE(explain_names_the_server_that_keeps_an_account_out_and_where_to_mend_it) {
    config.ldap[0].uris = {"ldaps://ldap1.example.org"};
    const auto explain = [&](const char* why) {
        User user = record();
        user.state = UserState::suspended;
        user.state_reason = why;
        return must(credentials.explain(user, {"sshd", "192.0.2.7", clock.now()}, "/x"));
    };
    auto told = explain("disabled by ldap:corp");
    BOOST_TEST((told.reason == Reason::suspended));
    BOOST_TEST(told.points.front().text == "account suspended: the directory server corp disables it");
    BOOST_TEST(told.hint ==
               "enabling it on ldaps://ldap1.example.org; userctl ldap sync corp brings it here at once");
    told = explain("gone from ldap:corp");
    BOOST_TEST(told.points.front().text == "account suspended: it is gone from the directory server corp");
    BOOST_TEST(told.hint.starts_with("putting it back on ldaps://ldap1.example.org; "));
    told = explain("on leave");  // by an admin of this host, who can end it
    BOOST_TEST(told.points.front().text == "account suspended: on leave");
    BOOST_TEST(told.hint == "");
}

BOOST_AUTO_TEST_CASE(a_secret_of_codes_that_the_server_has_is_changed_there_alone) {
    config.ldap[0].uris = {"ldaps://ldap1.example.org"};
    auto& table = store->credentials();
    auto change = must(store->begin());
    const auto source = must(store->remote().make_source("corp"));
    const auto entry = must(store->remote().stage(source.id, {.uuid = "0123456789abcdef",
                                                              .dn = "uid=carol",
                                                              .name = "carol",
                                                              .kind = store::RemoteKind::user,
                                                              .number = 200003,
                                                              .gid = 200003,
                                                              .frame = ""}));
    auto row = *must(store->remote().find(*entry));
    row.user = carol;
    must(store->remote().settled(row));
    must(table.put_entry_totp(*entry, Secret("a secret of twenty b")));
    must(table.put_totp(carol, Secret("a secret of twenty b"), {}, 0, clock.now()));
    must(change.commit());
    const auto refused = [](const auto& result) {
        return !result.has_value() && result.error().code == Errc::read_only_source;
    };
    const Actor her{200003, "carol", "bus", {}}, root{0, "root", "bus", {}};
    BOOST_TEST(refused(credentials.begin_totp(her, carol, {})));
    BOOST_TEST(refused(credentials.confirm_totp(her, carol, Secret("123456"), {})));
    BOOST_TEST(refused(credentials.disable_totp(her, carol, Secret("123456"), {})));
    BOOST_TEST(refused(credentials.reset_mfa(root, carol, {}, {})));
    BOOST_TEST(refused(credentials.put_totp(root, carol, Secret("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"))));
    BOOST_TEST(must(table.has_totp(carol)));
    BOOST_TEST(!must(credentials.create_temporary_code(root, carol, 1h, {})).empty());  // who lost the phone
}

BOOST_AUTO_TEST_CASE(the_access_of_its_source_binds_an_account_beside_login_access) {
    const auto account = [&](const char* user, const char* service) {
        return verdict_of(*this, start_of(Phase::account, user, service), {});
    };
    AccessLine line;
    line.services = {"sshd"};
    line.roles = {"admin"};
    config.ldap[0].access = {line};
    BOOST_TEST(account("carol", "sshd") == Verdict::perm_denied);
    BOOST_TEST(last_reason() == "not-allowed");
    BOOST_TEST(account("carol", "login") == Verdict::success);
    BOOST_TEST(account("bob", "sshd") == Verdict::success);
    must(store->roles().give(carol, Role::admin_id, "root", clock.now()));
    BOOST_TEST(account("carol", "sshd") == Verdict::success);
    AccessLine nobody;
    nobody.users = {"bob"};
    config.access = {nobody};
    BOOST_TEST(account("carol", "sshd") == Verdict::perm_denied);
}

BOOST_AUTO_TEST_CASE(explain_says_where_the_password_is_checked_and_since_when_nobody_does) {
    const auto explain = [&] {
        return must(credentials.explain(record(), {"sshd", "192.0.2.7", clock.now()}, "/x"));
    };
    const auto says = [](const Explanation& explanation, const char* text) {
        return std::any_of(explanation.points.begin(), explanation.points.end(),
                           [&](const auto& point) { return point.text.find(text) != std::string::npos; });
    };
    auto told = explain();
    BOOST_TEST(told.allowed);
    BOOST_TEST(told.with == "password");
    BOOST_TEST(says(told, "the directory server corp checks it"));
    server.is_away = true;
    server.since = clock.now();
    told = explain();
    BOOST_TEST(!told.allowed);
    BOOST_TEST((told.reason == Reason::ldap_unreachable));
    BOOST_TEST(says(told, "the directory server corp is away since "));
    BOOST_TEST(comes() == Verdict::authinfo_unavail);
    server.is_away = false;
    BOOST_TEST(comes() == Verdict::success);
    settle();
    server.is_away = true;
    told = explain();
    BOOST_TEST(told.allowed);
    BOOST_TEST(comes() == Verdict::success);
    clock.advance(24h * 7);
    BOOST_TEST((explain().reason == Reason::ldap_unreachable));
    BOOST_TEST(comes() == Verdict::authinfo_unavail);
    AccessLine line;
    line.services = {"sshd"};
    line.users = {"bob"};
    config.ldap[0].access = {line};
    server.since.reset();
    told = explain();
    BOOST_TEST((told.reason == Reason::not_allowed));
    BOOST_TEST(says(told, "no line of ldap.corp.access allows it at sshd"));
}

BOOST_AUTO_TEST_CASE(keys_of_the_server_log_in_beside_those_of_the_host) {
    const std::string key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHVzZXJkIHRlc3Qga2V5IG51bWJlciBvbmUhISEh";
    char lines[1024], frame[4096];
    wire::ValuesWriter writer(lines);
    for (const auto& line : {key + " hers", "cert-authority " + key, std::string("no key at all")})
        BOOST_REQUIRE(writer.put(line));
    wire::LdapEntry entry;
    const std::string uuid(wire::uuid_size, 'c');
    entry.uuid = uuid;
    entry.dn = "uid=carol,dc=example,dc=org";
    entry.name = "carol";
    entry.number = entry.gid = 200003;
    char two_lines[256];
    wire::ValuesWriter smuggled(two_lines);
    BOOST_REQUIRE(smuggled.put(key + "\nroot"));
    entry.ssh_keys = *wire::Values::parse(smuggled.bytes());
    BOOST_TEST(wire::encode(frame, entry) == 0U);  // no key is two
    entry.ssh_keys = *wire::Values::parse(writer.bytes());
    const std::size_t size = wire::encode(frame, entry);
    BOOST_REQUIRE(size > 0U);
    auto& remote = store->remote();
    const auto source = must(remote.make_source("corp"));
    const auto id = must(remote.stage(
        source.id,
        {entry.uuid, entry.dn, entry.name, store::RemoteKind::user, 200003, 200003, {frame, size}}));
    auto row = *must(remote.find(*id));
    row.user = carol;
    must(remote.settled(row));
    BOOST_TEST(must(login.authorized_keys("carol")) == key + " hers\n");
    const auto told = must(credentials.list_ssh_keys(carol));
    BOOST_REQUIRE(told.size() == 1U);
    BOOST_TEST(std::get<std::string>(told[0].at("source")) == "ldap:corp");
    must(store->roles().give(carol, Role::admin_id, "root", clock.now()));
    BOOST_TEST((must(credentials.admin_can_log_in()) == AdminsWay::for_good));
    must(store->credentials().add_ssh_key(
        {carol, "SHA256:1", "ssh-ed25519", key.substr(12), "ours", {}, {}, {}, {}, {}}));
    BOOST_TEST(must(login.authorized_keys("carol")) == key + " ours\n" + key + " hers\n");
    change_user(carol, [](User& user) { user.state = UserState::suspended; });
    BOOST_TEST(must(login.authorized_keys("carol")) == "");
}

BOOST_AUTO_TEST_CASE(a_servers_password_is_a_way_in_but_not_for_good) {
    must(store->roles().give(carol, Role::admin_id, "root", clock.now()));
    BOOST_TEST((must(credentials.admin_can_log_in()) == AdminsWay::for_a_time));
    must(store->roles().give(bob, Role::admin_id, "root", clock.now()));
    BOOST_TEST((must(credentials.admin_can_log_in()) == AdminsWay::for_good));
}

BOOST_AUTO_TEST_SUITE_END()
