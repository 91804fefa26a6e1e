// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>

#include "daemon/login/attempt_log.h"
#include "daemon/store/ballast.h"
#include "tests/unit/login/support.h"
#include "tests/unit/store/small_disk.h"

using namespace userd;
using namespace userd::test;
using namespace std::chrono_literals;
using wire::Verdict;

BOOST_AUTO_TEST_SUITE(authenticate_phase)

BOOST_AUTO_TEST_CASE(password_and_code_get_in) {
    World world;
    BOOST_TEST(verdict_of(world, authenticate("alice"), {alice_password, world.code()}) == Verdict::success);
    BOOST_TEST(world.last_reason() == "");
}

BOOST_AUTO_TEST_CASE(each_refusal_has_its_reason_and_one_face) {
    struct Case {
        const char* user;
        std::vector<std::string> answers;
        const char* reason;
    };
    World world;
    const std::string right = world.code();
    const Case table[] = {
        {"alice", {"wrong password here", right}, "bad-password"},
        {"alice", {alice_password, "000000"}, "bad-code"},
        {"alice", {alice_password, ""}, "bad-code"},
        {"alice", {"", right}, "bad-password"},
        {"nobody-here", {alice_password, right}, "unknown-user"},
        {"bob", {"wrong password here", ""}, "bad-password"},
    };
    for (const Case& row : table) {
        Talk talk(world, authenticate(row.user), row.answers);
        world.run_until([&] { return talk.done(); });
        BOOST_TEST(talk.verdict() == Verdict::auth_err, row.reason);
        BOOST_TEST(world.last_reason() == row.reason);
        BOOST_REQUIRE(talk.heard().size() == 3);
        BOOST_TEST(talk.heard()[0] == "Password: ");
        BOOST_TEST(talk.heard()[1] == "Verification code: ");
        BOOST_TEST(talk.heard()[2].starts_with("Login refused (reference "));
    }
}

// A try at a locked account, like one at a name that is nobody's, moves no counter and writes all the same.
BOOST_AUTO_TEST_CASE(what_moves_no_counter_writes_as_much) {
    World world;
    const auto decoy = [&] {
        auto query = must(world.store->database().query("SELECT value FROM meta WHERE key = 'decoy_ticket'"));
        return must(query.step()) ? query.integer(0) : 0;
    };
    for (int i = 0; i < 5; ++i) verdict_of(world, authenticate("bob"), {"wrong", ""});
    BOOST_TEST(decoy() == 0);
    for (const char* name : {"nobody-here", "bob"}) {
        world.clock.advance(1s);
        verdict_of(world, authenticate(name), {"wrong", ""});
        BOOST_TEST(decoy() == to_unix(world.clock.now()) * 1'000'000, name);
    }
}

BOOST_AUTO_TEST_CASE(who_has_no_code_presses_enter) {
    World world;
    BOOST_TEST(verdict_of(world, authenticate("bob"), {alice_password, ""}) == Verdict::success);
}

BOOST_AUTO_TEST_CASE(a_code_counts_once_whatever_the_clock_does) {
    World world;
    const std::string code = world.code();
    BOOST_TEST(verdict_of(world, authenticate("alice"), {alice_password, code}) == Verdict::success);
    BOOST_TEST(verdict_of(world, authenticate("alice", "sudo"), {alice_password, code}) == Verdict::auth_err);
    BOOST_TEST(world.last_reason() == "code-reused");
    const std::string older = world.code(-1);
    BOOST_TEST(verdict_of(world, authenticate("alice"), {alice_password, older}) == Verdict::auth_err);
    world.clock.set_wall(world.clock.now() - 30s);
    BOOST_TEST(verdict_of(world, authenticate("alice"), {alice_password, world.code()}) == Verdict::auth_err);
    BOOST_TEST((must(world.store->tickets().locked_until(alice)) == std::nullopt));
    world.clock.advance(60s);
    BOOST_TEST(verdict_of(world, authenticate("alice"), {alice_password, world.code()}) == Verdict::success);
}

BOOST_AUTO_TEST_CASE(of_fifty_at_once_with_one_code_one_gets_in) {
    World world;
    const std::string code = world.code();
    std::vector<std::unique_ptr<Talk>> talks;
    for (int i = 0; i < 50; ++i)
        talks.push_back(std::make_unique<Talk>(world, authenticate("alice", i % 2 != 0 ? "sshd" : "sudo"),
                                               std::vector<std::string>{alice_password, code}));
    world.run_until(
        [&] { return std::all_of(talks.begin(), talks.end(), [](auto& t) { return t->done(); }); });
    BOOST_TEST(std::count_if(talks.begin(), talks.end(),
                             [](auto& t) { return t->verdict() == Verdict::success; }) == 1);
    BOOST_TEST((must(world.store->tickets().locked_until(alice)) == std::nullopt));
}

BOOST_AUTO_TEST_CASE(forty_right_logins_at_once_lock_nobody) {
    World world;
    std::vector<std::unique_ptr<Talk>> talks;
    for (int i = 0; i < 40; ++i)
        talks.push_back(
            std::make_unique<Talk>(world, authenticate("bob"), std::vector<std::string>{alice_password, ""}));
    world.run_until(
        [&] { return std::all_of(talks.begin(), talks.end(), [](auto& t) { return t->done(); }); });
    for (const auto& talk : talks) BOOST_TEST(talk->verdict() == Verdict::success);
}

BOOST_AUTO_TEST_CASE(wrong_tries_at_once_get_no_more_than_the_threshold) {
    World world;
    std::vector<std::unique_ptr<Talk>> talks;
    for (int i = 0; i < 60; ++i)
        talks.push_back(std::make_unique<Talk>(world, authenticate("bob"),
                                               std::vector<std::string>{"wrong " + std::to_string(i), ""}));
    world.run_until(
        [&] { return std::all_of(talks.begin(), talks.end(), [](auto& t) { return t->done(); }); });
    const auto& counts = world.login.log().counts();
    BOOST_TEST(counts.at({"login", Reason::bad_password}) == 5U);
    BOOST_TEST(counts.at({"login", Reason::locked_out}) == 55U);
    BOOST_TEST(world.reasons().size() == 6U);  // five rows and a sum
    BOOST_TEST(verdict_of(world, authenticate("bob"), {alice_password, ""}) == Verdict::auth_err);
    BOOST_TEST(world.last_reason() == "locked-out");
    world.clock.advance(15min);
    BOOST_TEST(verdict_of(world, authenticate("bob"), {alice_password, ""}) == Verdict::success);
}

BOOST_AUTO_TEST_CASE(a_known_source_has_a_counter_of_its_own) {
    World world;
    auto from = [](const char* rhost) {
        auto start = authenticate("bob");
        start.rhost = rhost;
        return start;
    };
    BOOST_TEST(verdict_of(world, from("198.51.100.4"), {alice_password, ""}) == Verdict::success);
    for (int i = 0; i < 5; ++i) verdict_of(world, from("203.0.113.9"), {"wrong password", ""});
    BOOST_TEST(verdict_of(world, from("203.0.113.9"), {alice_password, ""}) == Verdict::auth_err);
    BOOST_TEST(verdict_of(world, from("198.51.100.200"), {alice_password, ""}) == Verdict::success);
}

BOOST_AUTO_TEST_CASE(a_flood_from_the_network_does_not_keep_sudo_from_anybody) {
    World world;
    for (int i = 0; i < 5; ++i) verdict_of(world, authenticate("bob"), {"wrong password", ""});
    BOOST_TEST(verdict_of(world, authenticate("bob"), {alice_password, ""}) == Verdict::auth_err);
    auto sudo = authenticate("bob", "sudo");
    sudo.rhost.clear();
    BOOST_TEST(verdict_of(world, std::move(sudo), {alice_password, ""}) == Verdict::success);
}

BOOST_AUTO_TEST_CASE(hanging_up_does_not_spare_a_wrong_try) {
    World world;
    for (int i = 0; i < 5; ++i) {
        Talk talk(world, authenticate("bob"), {"wrong password", ""});
        talk.hang_up();
        world.run_until([&] { return world.reasons().size() == static_cast<std::size_t>(i) + 1; });
    }
    BOOST_TEST(must(world.store->tickets().locked_until(bob)).has_value());
}

BOOST_AUTO_TEST_CASE(a_try_that_a_crash_cut_off_counts_once) {
    const TemporaryFolder folder;
    const std::string path = folder / "userd.db";
    {
        World world(cheap_config(), path);
        const Talk talk(world, authenticate("bob"), {"wrong password", ""});
        world.run_until([&] { return must(world.store->tickets().find(bob, "")).open == 1; });
    }
    World world(cheap_config(), path);
    must(world.login.recover());
    must(world.login.recover());
    const auto counter = must(world.store->tickets().find(bob, ""));
    BOOST_TEST(counter.open == 0);
    BOOST_TEST(counter.failures == 1);
}

BOOST_AUTO_TEST_CASE(a_cut_off_try_that_cannot_be_written_at_start_counts_later) {
    const TemporaryFolder folder;
    const std::string path = folder / "userd.db";
    {
        World world(cheap_config(), path);
        const Talk talk(world, authenticate("bob"), {"wrong password", ""});
        world.run_until([&] { return must(world.store->tickets().find(bob, "")).open == 1; });
    }
    World world(cheap_config(), path);
    {
        const auto held = must(world.store->begin());  // nothing else can be written
        must(world.login.recover());
    }
    verdict_of(world, authenticate("bob"), {"wrong password", ""});
    const auto counter = must(world.store->tickets().find(bob, ""));
    BOOST_TEST(counter.open == 0);
    BOOST_TEST(counter.failures == 2);
}

BOOST_AUTO_TEST_CASE(password_and_code_in_one_string) {
    World world;
    const std::string both = alice_password + world.code();
    BOOST_TEST(verdict_of(world, authenticate("alice"), {both, both}) == Verdict::success);
    BOOST_TEST(verdict_of(world, authenticate("alice"), {both, both}) == Verdict::auth_err);
    BOOST_TEST(verdict_of(world, authenticate("bob"), {alice_password, alice_password}) == Verdict::success);
    BOOST_TEST(verdict_of(world, authenticate("alice"), {"123456", "123456"}) == Verdict::auth_err);
    BOOST_TEST(verdict_of(world, authenticate("no-such"), {both, both}) == Verdict::auth_err);
}

BOOST_AUTO_TEST_CASE(a_suspended_or_pending_account_is_refused_after_the_same_dialogue) {
    World world;
    world.change_user(bob, [](User& user) { user.state = UserState::suspended; });
    BOOST_TEST(verdict_of(world, authenticate("bob"), {alice_password, ""}) == Verdict::auth_err);
    BOOST_TEST(world.last_reason() == "suspended");
    world.change_user(bob, [](User& user) { user.state = UserState::pending; });
    BOOST_TEST(verdict_of(world, authenticate("bob"), {alice_password, ""}) == Verdict::auth_err);
    BOOST_TEST(world.last_reason() == "pending");
}

BOOST_AUTO_TEST_CASE(required_but_not_enrolled_is_refused_like_a_wrong_code) {
    World world;
    world.change_user(bob, [](User& user) { user.mfa = MfaPolicy::required; });
    BOOST_TEST(verdict_of(world, authenticate("bob"), {alice_password, "123456"}) == Verdict::auth_err);
    BOOST_TEST(world.last_reason() == "mfa-missing");
}

BOOST_AUTO_TEST_CASE(recovery_and_temporary_codes_count_once_as_the_second_factor) {
    World world;
    const Actor root{0, "root", "bus", {}};
    const Secret temporary = must(world.credentials.create_temporary_code(root, alice, 1h));
    const std::string typed(temporary.text());
    BOOST_TEST(verdict_of(world, authenticate("alice"), {alice_password, typed}) == Verdict::success);
    BOOST_TEST(verdict_of(world, authenticate("alice"), {alice_password, typed}) == Verdict::auth_err);
    const Secret ending = must(world.credentials.create_temporary_code(root, alice, 1h));
    world.clock.advance(1h);
    BOOST_TEST(verdict_of(world, authenticate("alice"), {alice_password, std::string(ending.text())}) ==
               Verdict::auth_err);
}

BOOST_AUTO_TEST_CASE(names_of_others_go_back_to_the_stack_before_any_prompt) {
    World world;
    auto start = authenticate("root");
    start.known = true;
    Talk talk(world, std::move(start), {});
    BOOST_TEST(talk.verdict() == Verdict::user_unknown);
    BOOST_TEST(talk.heard().empty());
}

BOOST_AUTO_TEST_CASE(who_is_not_root_asks_for_the_own_account_alone) {
    World world;
    const Peer bobs{70002, 7};
    BOOST_TEST(verdict_of(world, authenticate("bob"), {alice_password, ""}, bobs) == Verdict::success);
    BOOST_TEST(Talk(world, authenticate("alice"), {}, bobs).verdict() == Verdict::denied);
    BOOST_TEST(Talk(world, authenticate("nobody-here"), {}, bobs).verdict() == Verdict::denied);
    BOOST_TEST(Talk(world, start_of(wire::Phase::open_session, "bob"), {}, bobs).verdict() ==
               Verdict::denied);
}

BOOST_AUTO_TEST_CASE(a_key_that_sshd_checked_leaves_the_code_to_ask) {
    Config config = cheap_config();
    LoginRule rule;
    rule.services = {"sshd"};
    rule.require = {{Factor::key, Factor::totp}, {Factor::password, Factor::totp}};
    config.rules = {rule};
    World world(config);
    auto start = authenticate("alice");
    start.ssh_auth_info = "publickey ssh-ed25519 AAAA\n";
    BOOST_TEST(verdict_of(world, start_of(wire::Phase::authenticate, "alice"),
                          {alice_password, world.code()}) == Verdict::success);
    world.clock.advance(30s);
    Talk talk(world, std::move(start), {world.code()});
    world.run_until([&] { return talk.done(); });
    BOOST_TEST(talk.verdict() == Verdict::success);
    BOOST_TEST(talk.heard() == std::vector<std::string>{"Verification code: "},
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_password_that_changed_while_it_was_checked_is_wrong) {
    World world;
    Talk talk(world, authenticate("bob"), {alice_password, ""});
    const auto other = must(hash_password(Secret("set by an admin meanwhile"), world.hashes.cost));
    must(world.store->credentials().put_password(bob, other, world.clock.now() + 1s));
    world.run_until([&] { return talk.done(); });
    BOOST_TEST(talk.verdict() == Verdict::auth_err);
    BOOST_TEST(world.last_reason() == "bad-password");
}

BOOST_AUTO_TEST_CASE(an_old_hash_is_made_anew_at_login) {
    World world;
    const auto before = must(world.store->credentials().find_password(bob))->hash;
    world.hashes.cost = {128 * 1024, 1};
    BOOST_TEST(verdict_of(world, authenticate("bob"), {alice_password, ""}) == Verdict::success);
    std::string after;
    world.run_until([&] {
        after = must(world.store->credentials().find_password(bob))->hash;
        return after != before;
    });
    BOOST_TEST(after.find("m=128,") != std::string::npos);
    BOOST_TEST(verdict_of(world, authenticate("bob"), {alice_password, ""}) == Verdict::success);
}

// Or the time of the verdict would tell that the password was right.
BOOST_AUTO_TEST_CASE(without_its_code_a_right_password_makes_no_hash_anew) {
    World world;
    world.hashes.cost = {128 * 1024, 1};
    const auto before = must(world.store->credentials().find_password(alice))->hash;
    BOOST_TEST(verdict_of(world, authenticate("alice"), {alice_password, ""}) == Verdict::auth_err);
    BOOST_TEST(verdict_of(world, authenticate("bob"), {"wrong", ""}) == Verdict::auth_err);
    BOOST_TEST(must(world.store->credentials().find_password(alice))->hash == before);
    BOOST_TEST(world.hashes.figures().done == 2);
}

BOOST_AUTO_TEST_CASE(without_the_sealing_key_no_code_gets_in_and_passwords_do) {
    const TemporaryFolder folder;
    const std::string path = folder / "userd.db";
    { const World world(cheap_config(), path); }
    World world(cheap_config(), path, false);
    BOOST_TEST(verdict_of(world, authenticate("alice"), {alice_password, world.code()}) ==
               Verdict::system_err);
    BOOST_TEST(world.last_reason() == "internal");
    BOOST_TEST(verdict_of(world, authenticate("bob"), {alice_password, ""}) == Verdict::success);
}

// A change that somebody holds open makes every other one fail, as a full disk does.
BOOST_AUTO_TEST_CASE(without_the_disk_passwords_get_in_codes_do_not_and_tries_still_count) {
    World world;
    {
        const auto held = must(world.store->begin());
        BOOST_TEST(verdict_of(world, authenticate("bob"), {alice_password, ""}) == Verdict::success);
        BOOST_TEST(verdict_of(world, authenticate("alice"), {alice_password, world.code()}) ==
                   Verdict::system_err);
        for (int i = 0; i < 3; ++i)
            BOOST_TEST(verdict_of(world, authenticate("bob"), {"wrong password", ""}) == Verdict::auth_err);
        BOOST_TEST(verdict_of(world, authenticate("bob"), {alice_password, ""}) == Verdict::auth_err);
    }
    BOOST_TEST(verdict_of(world, authenticate("alice"), {alice_password, world.code()}) == Verdict::success);
    BOOST_TEST(verdict_of(world, authenticate("bob"), {"wrong password", ""}) == Verdict::auth_err);
    BOOST_TEST(must(world.store->tickets().find(bob, "")).failures == 4);
}

BOOST_AUTO_TEST_CASE(on_a_full_disk_a_code_takes_the_ballast_and_is_refused_when_that_is_gone) {
    on_a_small_disk([](const std::string& folder) {
        World world(cheap_config(), folder + "/userd.db");
        const store::Ballast ballast(world.store->path());
        must(ballast.make());
        fill_disk(folder);
        const auto says = [&](const char* name, std::string code) {
            return verdict_of(world, authenticate(name), {alice_password, std::move(code)});
        };
        check("a password gets in", says("bob", "") == Verdict::success);
        check("for that the ballast is not touched", ballast.is_held());
        const std::string code = world.code();
        check("a code gets in", says("alice", code) == Verdict::success);
        check("by the ballast", !ballast.is_held());
        check("and is used up", says("alice", code) == Verdict::auth_err);
        check("durably", must(world.store->credentials().find_totp(alice))->last_step > 0);
        fill_disk(folder);
        world.clock.advance(30s);
        Verdict verdict = Verdict::success;
        for (int i = 0; i < 200 && verdict == Verdict::success; ++i, world.clock.advance(30s)) {
            fill_disk(folder);
            verdict = says("alice", world.code());
        }
        check("without it a code is refused", verdict == Verdict::system_err);
        check("and a password is not", says("bob", "") == Verdict::success);
        std::filesystem::remove(folder + "/filler");
        world.clock.advance(30s);
        check("with space again it gets in", says("alice", world.code()) == Verdict::success);
    });
}

// Where no rule speaks, somebody else has vouched and the account phase asks nothing. Who authenticates there
// all the same proves the password: a right login clears the counters, and any local process may ask for one.
BOOST_AUTO_TEST_CASE(no_service_lets_a_wrong_password_through) {
    World world;
    for (const char* service : {"cron", "atd", "systemd-user", "runuser", "su"})
        BOOST_TEST(verdict_of(world, authenticate("bob", service), {"wrong password", ""}) ==
                   Verdict::auth_err);
    BOOST_TEST(must(world.store->tickets().locked_until(bob)).has_value());
    world.clock.advance(15min);
    BOOST_TEST(verdict_of(world, authenticate("alice", "cron"), {alice_password, ""}) == Verdict::success);
}

BOOST_AUTO_TEST_CASE(a_right_password_alone_does_not_clear_wrong_codes) {
    World world;
    const auto wrong_code = [&] {
        return verdict_of(world, authenticate("alice"), {alice_password, "000000"});
    };
    BOOST_TEST(verdict_of(world, authenticate("alice"), {alice_password, world.code()}) == Verdict::success);
    for (int i = 0; i < 4; ++i) wrong_code();
    BOOST_TEST(verdict_of(world, authenticate("alice", "cron"), {alice_password, ""}) == Verdict::success);
    auto old_password = start_of(wire::Phase::change_password, "alice", "passwd");
    old_password.flags = wire::flag_prelim;
    old_password.uid = 70001;
    BOOST_TEST(verdict_of(world, std::move(old_password), {alice_password}) == Verdict::success);
    wrong_code();
    world.clock.advance(30s);
    BOOST_TEST(verdict_of(world, authenticate("alice"), {alice_password, world.code()}) == Verdict::auth_err);
    BOOST_TEST(world.last_reason() == "locked-out");
}

BOOST_AUTO_TEST_CASE(a_peer_that_is_not_root_cannot_choose_the_source_of_its_tries) {
    World world;
    const Peer bobs{70002, 7};
    for (int i = 0; i < 4; ++i) {
        auto start = authenticate("bob");
        start.rhost = "198.51.100." + std::to_string(i);
        start.tty = "forged";
        verdict_of(world, std::move(start), {"wrong password", ""}, bobs);
    }
    for (const auto& entry : must(world.store->audit().list({}, 100)))
        BOOST_TEST(entry.detail == R"({"service":"sshd","rhost":"","tty":""})");
}

BOOST_AUTO_TEST_CASE(right_logins_are_left_out_of_the_trail_when_the_configuration_says_so) {
    World world;
    world.config.audit.log_success = false;
    verdict_of(world, authenticate("bob"), {alice_password, ""});
    BOOST_TEST(world.reasons().empty());
    verdict_of(world, authenticate("bob"), {"wrong", ""});
    BOOST_TEST(world.last_reason() == "bad-password");
}

BOOST_AUTO_TEST_CASE(nobodys_tries_leave_no_row_and_no_name) {
    World world;
    for (int i = 0; i < 7; ++i) verdict_of(world, authenticate("my-secret-password"), {"x", ""});
    for (const auto& entry : must(world.store->audit().list({}, 100))) {
        BOOST_TEST(entry.subject == "user:(unknown)");
        BOOST_TEST(entry.detail.find("my-secret") == std::string::npos);
    }
    BOOST_TEST(must(world.store->tickets().list_unsettled(world.clock.now())).empty());
}

BOOST_AUTO_TEST_SUITE_END()
