// SPDX-License-Identifier: LGPL-2.1-or-later
// Account, change-password and session: what comes after authenticate in a PAM stack.
#include "daemon/store/roles.h"
#include "tests/unit/login/support.h"

using namespace userd;
using namespace userd::test;
using namespace std::chrono_literals;
using wire::Phase;
using wire::Verdict;

namespace {

Secret token_of(World& world, LoginStart start, std::vector<std::string> answers, Peer peer = {0, 100}) {
    Talk talk(world, std::move(start), std::move(answers), peer);
    world.run_until([&] { return talk.done(); });
    BOOST_REQUIRE(talk.verdict() == Verdict::success);
    return talk.take_token();
}

Verdict account(World& world, const char* user, Secret token, const char* service = "sshd",
                Peer peer = {0, 100}) {
    auto start = start_of(Phase::account, user, service);
    start.token = std::move(token);
    return verdict_of(world, std::move(start), {}, peer);
}

LoginStart change(const char* user, std::uint32_t flag, std::uint32_t uid) {
    auto start = start_of(Phase::change_password, user, "passwd");
    start.flags = flag;
    start.uid = uid;
    start.rhost.clear();
    return start;
}

constexpr const char* fresh = "staple gun and paper clip";

}  // namespace

BOOST_AUTO_TEST_SUITE(later_phases)

BOOST_AUTO_TEST_CASE(the_token_carries_the_code_to_account) {
    World world;
    Secret token = token_of(world, authenticate("alice"), {alice_password, world.code()});
    BOOST_TEST(token.size() == wire::token_size);
    BOOST_TEST(account(world, "alice", token.clone()) == Verdict::success);
    BOOST_TEST(account(world, "alice", token.clone(), "sudo") == Verdict::perm_denied);
    BOOST_TEST(account(world, "alice", token.clone(), "sshd", {0, 101}) == Verdict::perm_denied);
    BOOST_TEST(account(world, "alice", Secret()) == Verdict::perm_denied);
    BOOST_TEST(world.last_reason() == "mfa-missing");
    world.clock.set_wall(world.clock.now() - 24h);
    BOOST_TEST(account(world, "alice", token.clone()) == Verdict::success);
    world.clock.advance(5min);
    BOOST_TEST(account(world, "alice", token.clone()) == Verdict::perm_denied);
}

BOOST_AUTO_TEST_CASE(a_key_alone_does_where_no_code_is_wanted) {
    World world;
    BOOST_TEST(account(world, "bob", Secret()) == Verdict::success);
    BOOST_TEST(account(world, "alice", Secret(), "cron") == Verdict::success);
    world.change_user(bob, [](User& user) { user.mfa = MfaPolicy::required; });
    BOOST_TEST(account(world, "bob", Secret()) == Verdict::perm_denied);
}

BOOST_AUTO_TEST_CASE(a_service_account_has_keys_only_so_no_policy_wants_its_code) {
    World world;
    world.change_user(bob, [](User& user) {
        user.kind = UserKind::service;
        user.mfa = MfaPolicy::required;
    });
    BOOST_TEST(account(world, "bob", Secret()) == Verdict::success);
}

BOOST_AUTO_TEST_CASE(account_knows_only_our_names) {
    World world;
    BOOST_TEST(account(world, "root", Secret()) == Verdict::user_unknown);
}

BOOST_AUTO_TEST_CASE(a_suspended_account_is_refused_with_a_token_too) {
    World world;
    Secret token = token_of(world, authenticate("alice"), {alice_password, world.code()});
    world.change_user(alice, [](User& user) { user.state = UserState::suspended; });
    BOOST_TEST(account(world, "alice", std::move(token)) == Verdict::perm_denied);
    BOOST_TEST(world.last_reason() == "suspended");
}

BOOST_AUTO_TEST_CASE(access_lines_close_the_account_phase) {
    World world;  // now is Friday, 2027-01-15
    const auto with = [&](const std::string& lines) {
        world.config.access = parse_config("login: {access: [" + lines + "]}", "").config->access;
        return account(world, "bob", Secret());
    };
    BOOST_TEST(with("{allow: {users: [alice]}}") == Verdict::perm_denied);
    BOOST_TEST(world.last_reason() == "not-allowed");
    BOOST_TEST(with("{allow: {users: [bob]}, hours: Mo}") == Verdict::perm_denied);
    BOOST_TEST(world.last_reason() == "outside-hours");
    BOOST_TEST(with("{allow: {users: [bob]}, hours: Tu-Su}") == Verdict::success);
    BOOST_TEST(with("{network: 10.0.0.0/8}") == Verdict::perm_denied);
    BOOST_TEST(with("{network: 192.0.2.0/24}") == Verdict::success);
    BOOST_TEST(with("{service: sudo, allow: {users: [alice]}}") == Verdict::success);
    must(world.store->roles().give(bob, Role::admin_id, "root", world.clock.now()));
    BOOST_TEST(with("{allow: {roles: [admin]}}") == Verdict::success);
}

BOOST_AUTO_TEST_CASE(a_password_changes_in_two_phases) {
    World world;
    world.change_user(bob, [](User& user) { user.must_change = true; });
    BOOST_TEST(account(world, "bob", Secret()) == Verdict::new_authtok_reqd);
    Secret proof = token_of(world, change("bob", wire::flag_prelim, 70002), {alice_password});
    BOOST_TEST(proof.size() == wire::token_size);
    auto update = change("bob", wire::flag_update, 70002);
    update.token = std::move(proof);
    BOOST_TEST(verdict_of(world, std::move(update), {fresh, fresh}) == Verdict::success);
    BOOST_TEST(account(world, "bob", Secret()) == Verdict::success);
    BOOST_TEST(verdict_of(world, authenticate("bob"), {alice_password, ""}) == Verdict::auth_err);
    BOOST_TEST(verdict_of(world, authenticate("bob"), {fresh, ""}) == Verdict::success);
}

BOOST_AUTO_TEST_CASE(a_password_that_is_too_old_must_be_changed_where_the_policy_says_so) {
    for (const char* policy : {"nist", "cis"}) {
        Config config = cheap_config();
        config.password.policy = policy;
        World world(config);
        world.clock.set_wall(world.clock.now() + 24h * 365);
        BOOST_TEST(account(world, "bob", Secret()) == Verdict::success);
        world.clock.set_wall(world.clock.now() + 1s);
        const bool ages = policy == std::string_view("cis");
        BOOST_TEST((account(world, "bob", Secret()) == Verdict::new_authtok_reqd) == ages);
        if (!ages) continue;
        BOOST_TEST(world.last_reason() == "must-change");
        const auto expired = wire::flag_expired_only;
        auto update = change("bob", wire::flag_update | expired, 0);
        update.token = token_of(world, change("bob", wire::flag_prelim | expired, 0), {alice_password});
        const char* next = "Staple gun & 2 clips";
        BOOST_TEST(verdict_of(world, std::move(update), {next, next}) == Verdict::success);
        BOOST_TEST(account(world, "bob", Secret()) == Verdict::success);
        world.clock.set_wall(world.clock.now() - 24h * 4000);
        BOOST_TEST(account(world, "bob", Secret()) == Verdict::success);
    }
}

BOOST_AUTO_TEST_CASE(a_proof_of_the_old_password_ends_with_it) {
    World world;
    const auto update = [&](const Secret& proof, const char* password) {
        auto start = change("bob", wire::flag_update, 70002);
        start.token = proof.clone();
        return verdict_of(world, std::move(start), {password, password});
    };
    const Secret proof = token_of(world, change("bob", wire::flag_prelim, 70002), {alice_password});
    world.clock.advance(1s);
    BOOST_TEST(update(proof, fresh) == Verdict::success);
    world.clock.advance(1s);
    BOOST_TEST(update(proof, "another one, by the same proof") == Verdict::authtok_err);
    const Secret newer = token_of(world, change("bob", wire::flag_prelim, 70002), {fresh});
    BOOST_TEST(verdict_of(world, change("bob", wire::flag_update, 0), {alice_password, alice_password}) ==
               Verdict::success);
    BOOST_TEST(update(newer, "whoever had the old password") == Verdict::authtok_err);
    BOOST_TEST(verdict_of(world, authenticate("bob"), {alice_password, ""}) == Verdict::success);
}

BOOST_AUTO_TEST_CASE(a_suspended_account_does_not_change_its_password) {
    World world;
    auto update = change("bob", wire::flag_update, 70002);
    update.token = token_of(world, change("bob", wire::flag_prelim, 70002), {alice_password});
    world.change_user(bob, [](User& user) { user.state = UserState::suspended; });
    BOOST_TEST(verdict_of(world, std::move(update), {fresh, fresh}) == Verdict::authtok_err);
}

BOOST_AUTO_TEST_CASE(who_must_change_the_password_cannot_keep_it) {
    World world;
    world.change_user(bob, [](User& user) { user.must_change = true; });
    auto update = change("bob", wire::flag_update, 70002);
    update.token = token_of(world, change("bob", wire::flag_prelim, 70002), {alice_password});
    Talk talk(world, std::move(update), {alice_password, alice_password, fresh, fresh});
    world.run_until([&] { return talk.done(); });
    BOOST_TEST(talk.verdict() == Verdict::success);
    BOOST_TEST(talk.heard()[2] == "Refused: the new password is the old one (policy nist, rule current).");
    BOOST_TEST(verdict_of(world, authenticate("bob"), {fresh, ""}) == Verdict::success);
}

BOOST_AUTO_TEST_CASE(update_needs_the_proof_of_prelim) {
    World world;
    BOOST_TEST(verdict_of(world, change("bob", wire::flag_update, 70002), {}) == Verdict::auth_err);
    auto other = change("alice", wire::flag_update, 70001);
    other.token = token_of(world, change("bob", wire::flag_prelim, 70002), {alice_password});
    BOOST_TEST(verdict_of(world, std::move(other), {}) == Verdict::auth_err);
}

BOOST_AUTO_TEST_CASE(root_may_skip_the_old_password_but_not_of_an_expired_one) {
    World world;
    BOOST_TEST(verdict_of(world, change("bob", wire::flag_prelim, 0), {}) == Verdict::success);
    BOOST_TEST(verdict_of(world, change("bob", wire::flag_update, 0), {fresh, fresh}) == Verdict::success);
    const auto expired = wire::flag_expired_only;
    BOOST_TEST(verdict_of(world, change("bob", wire::flag_prelim | expired, 0), {}) == Verdict::success);
    world.change_user(bob, [](User& user) { user.must_change = true; });
    BOOST_TEST(verdict_of(world, change("bob", wire::flag_update | expired, 0), {}) == Verdict::auth_err);
    BOOST_TEST(verdict_of(world, change("bob", wire::flag_prelim | expired, 0), {fresh}) == Verdict::success);
}

BOOST_AUTO_TEST_CASE(three_wrong_old_passwords_end_the_change_and_count) {
    World world;
    BOOST_TEST(verdict_of(world, change("bob", wire::flag_prelim, 70002), {"a", "b", "c"}) ==
               Verdict::maxtries);
    BOOST_TEST(must(world.store->tickets().find(bob, "local")).failures == 3);
}

BOOST_AUTO_TEST_CASE(a_refused_password_says_why_and_three_end_the_change) {
    World world;
    Talk talk(world, change("bob", wire::flag_update, 0), {"short", "short", fresh, "other", "", ""});
    world.run_until([&] { return talk.done(); });
    BOOST_TEST(talk.verdict() == Verdict::maxtries);
    const auto& heard = talk.heard();
    BOOST_TEST(heard[2].find("15 are needed") != std::string::npos);
    BOOST_TEST(heard[5] == "The passwords are not the same.");
    BOOST_TEST(heard.back() == "An empty password is no password.");
    BOOST_TEST(verdict_of(world, authenticate("bob"), {alice_password, ""}) == Verdict::success);
}

BOOST_AUTO_TEST_CASE(a_session_notes_the_login) {
    World world;
    BOOST_TEST(verdict_of(world, start_of(Phase::open_session, "bob"), {}) == Verdict::success);
    world.run_until([&] { return must(world.store->users().find(bob))->last_login == world.clock.now(); });
    BOOST_TEST(verdict_of(world, start_of(Phase::close_session, "bob"), {}) == Verdict::success);
}

BOOST_AUTO_TEST_CASE(a_session_stands_in_the_trail_from_its_beginning_to_its_end) {
    World world;
    const auto rows = [&] {
        std::vector<std::string> found;
        for (const auto& entry : must(world.store->audit().list({}, 10)))
            found.push_back(fmt::format("{} {} {}", entry.action, entry.subject, entry.detail));
        return found;
    };
    const auto runs = [&](Phase phase) {
        auto start = start_of(phase, "bob");
        start.rhost = "203.0.113.9";
        return verdict_of(world, std::move(start), {}) == Verdict::success;
    };
    BOOST_TEST(runs(Phase::open_session));
    world.run_until([&] { return rows().size() == 1; });
    BOOST_TEST(rows()[0].starts_with("session.open user:bob {"));
    BOOST_TEST(rows()[0].find("203.0.113.9") != std::string::npos);
    BOOST_TEST(runs(Phase::close_session));
    world.run_until([&] { return rows().size() == 2; });
    BOOST_TEST(rows()[0].starts_with("session.close user:bob {"));
    world.config.audit.log_success = false;
    BOOST_TEST(runs(Phase::close_session));
    for (int i = 0; i < 20; ++i) (void)world.loop->run_once(std::chrono::milliseconds(1));
    BOOST_TEST(rows().size() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
