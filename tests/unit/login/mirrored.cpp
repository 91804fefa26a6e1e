// SPDX-License-Identifier: LGPL-2.1-or-later
// Logins of those whose password a directory server keeps.
#include "tests/unit/login/mirrored.h"

#include "daemon/login/attempt_log.h"
#include "daemon/login/remote_queue.h"
#include "daemon/store/remote.h"

using namespace userd;
using namespace userd::test;
using namespace std::chrono_literals;
using wire::LdapAnswer;
using wire::Verdict;

namespace {

constexpr const char* fresh = "staple gun and paper clip";

std::vector<std::string> heard_by(World& world, LoginStart start, std::vector<std::string> answers) {
    Talk talk(world, std::move(start), std::move(answers));
    world.run_until([&] { return talk.done(); });
    return talk.heard();
}

std::string without_reference(std::string text) {
    const auto at = text.find("(reference ");
    return at == std::string::npos ? text : text.erase(at, text.find(')', at) - at);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(mirrored_logins, Mirrored)

BOOST_AUTO_TEST_CASE(the_server_says_whether_a_password_is_right) {
    BOOST_TEST(comes() == Verdict::success);
    BOOST_TEST(last_reason() == "");
    BOOST_TEST(comes("wrong password here") == Verdict::auth_err);
    BOOST_TEST(last_reason() == "bad-password");
    BOOST_TEST(server.asked == 2);
    BOOST_TEST(strangers().failures + must(store->tickets().find(carol, "192.0.2.0/24")).failures == 1U);
}

BOOST_AUTO_TEST_CASE(a_users_own_hash_is_nothing_to_the_server_and_a_servers_nothing_to_it) {
    must(store->credentials().put_password(
        carol, must(hash_password(Secret(std::string_view(alice_password)), hashes.cost)), clock.now()));
    BOOST_TEST(comes(alice_password) == Verdict::auth_err);
    server.is_away = true;
    BOOST_TEST(comes(alice_password) == Verdict::authinfo_unavail);
    BOOST_TEST(verdict_of(*this, authenticate("bob"), {alice_password, ""}) == Verdict::success);
}

BOOST_AUTO_TEST_CASE(a_refusal_looks_the_same_whoever_is_refused) {
    const auto local = heard_by(*this, authenticate("bob"), {"wrong password here", ""});
    std::vector<std::vector<std::string>> others;
    others.push_back(heard_by(*this, authenticate("carol"), {"wrong password here", ""}));
    for (const auto answer : {LdapAnswer::locked, LdapAnswer::disabled}) {
        server.what_it_says.answer = answer;
        others.push_back(heard_by(*this, authenticate("carol"), {carol_password, ""}));
    }
    server.is_away = true;
    others.push_back(heard_by(*this, authenticate("carol"), {carol_password, ""}));
    for (const auto& heard : others) {
        BOOST_REQUIRE(heard.size() == local.size());
        for (std::size_t i = 0; i < heard.size(); ++i)
            BOOST_TEST(without_reference(heard[i]) == without_reference(local[i]));
    }
}

BOOST_AUTO_TEST_CASE(what_the_server_says_has_its_reason) {
    const std::pair<LdapAnswer, const char*> table[] = {{LdapAnswer::locked, "locked-out"},
                                                        {LdapAnswer::disabled, "suspended"},
                                                        {LdapAnswer::expired, "expired"},
                                                        {LdapAnswer::invalid, "bad-password"},
                                                        {LdapAnswer::refused, "bad-password"}};
    for (const auto& [answer, reason] : table) {
        server.what_it_says.answer = answer;
        BOOST_TEST(comes() == Verdict::auth_err);
        BOOST_TEST(last_reason() == reason);
    }
    BOOST_TEST(strangers().failures == 2U);  // nobody was judged by the others
    BOOST_TEST(strangers().open == 0U);
}

BOOST_AUTO_TEST_CASE(an_empty_password_never_goes_out) {
    server.password = "";
    BOOST_TEST(comes("") == Verdict::auth_err);
    BOOST_TEST(last_reason() == "bad-password");
    BOOST_TEST(comes("", "123456") == Verdict::auth_err);
    BOOST_TEST(server.asked == 0);
    BOOST_TEST(strangers().failures == 2U);
}

BOOST_AUTO_TEST_CASE(the_ticket_is_durable_before_the_server_is_asked) {
    unsigned open = 0;
    server.on_check = [&](const User& user) { open = must(store->tickets().find(user.id, "")).open; };
    BOOST_TEST(comes() == Verdict::success);
    BOOST_TEST(open == 1U);
    BOOST_TEST(strangers().open == 0U);
}

BOOST_AUTO_TEST_CASE(nobody_is_judged_while_no_server_answers) {
    server.is_away = true;
    for (int i = 0; i < 7; ++i) {
        BOOST_TEST(comes(i % 2 == 0 ? carol_password : "wrong password here") == Verdict::authinfo_unavail);
        BOOST_TEST(last_reason() == "ldap-unreachable");
    }
    BOOST_TEST((strangers() == store::Counter{}));
    login.use_remote_passwords(nullptr);  // userd-ldap never came
    BOOST_TEST(comes() == Verdict::authinfo_unavail);
}

BOOST_AUTO_TEST_CASE(what_was_right_counts_while_the_server_is_away) {
    BOOST_TEST(comes() == Verdict::success);
    settle();
    server.is_away = true;
    const auto heard = heard_by(*this, authenticate("carol"), {carol_password, ""});
    BOOST_TEST(heard.back().starts_with("The directory server cannot be reached"));
    BOOST_TEST(last_reason() == "");
    BOOST_TEST(comes("wrong password here") == Verdict::auth_err);
    BOOST_TEST(last_reason() == "bad-password");
    BOOST_TEST(must(store->tickets().find(carol, "192.0.2.0/24")).failures == 1U);
    clock.advance(24h * 7);
    BOOST_TEST(comes() == Verdict::authinfo_unavail);
    BOOST_TEST(last_reason() == "ldap-unreachable");
    server.is_away = false;
    BOOST_TEST(comes() == Verdict::success);
}

BOOST_AUTO_TEST_CASE(its_age_counts_from_the_last_success_noted_once_an_hour) {
    BOOST_TEST(comes() == Verdict::success);
    settle();
    const auto kept = [&] { return *must(store->credentials().find_offline_password(carol)); };
    const auto first = kept();
    clock.advance(59min);
    BOOST_TEST(comes() == Verdict::success);
    BOOST_TEST((kept().checked_at == first.checked_at));
    clock.advance(1min);
    BOOST_TEST(comes() == Verdict::success);
    BOOST_TEST((kept().checked_at == clock.now()));
    BOOST_TEST(kept().hash == first.hash);
    const Time noted = kept().checked_at;
    clock.advance(24h * 6);
    server.is_away = true;
    BOOST_TEST(comes() == Verdict::success);
    BOOST_TEST((kept().checked_at == noted));  // the server did not say so
    clock.set_wall(noted - 24h * 1000);        // a clock without a battery
    BOOST_TEST(comes() == Verdict::success);
}

BOOST_AUTO_TEST_CASE(nothing_is_kept_where_no_offline_login_is_wanted) {
    config.ldap[0].offline_max_age = {};
    BOOST_TEST(comes() == Verdict::success);
    BOOST_TEST(comes() == Verdict::success);
    BOOST_TEST(!must(store->credentials().find_offline_password(carol)));
    config.ldap[0].offline_max_age = 24h;
    BOOST_TEST(comes() == Verdict::success);
    settle();
    server.is_away = true;
    config.ldap.clear();  // a source that is configured no more
    BOOST_TEST(comes() == Verdict::authinfo_unavail);
}

BOOST_AUTO_TEST_CASE(a_password_that_was_changed_there_takes_the_place_of_the_old) {
    BOOST_TEST(comes() == Verdict::success);
    settle();
    const auto before = must(store->credentials().find_offline_password(carol))->hash;
    server.password = fresh;
    BOOST_TEST(comes() == Verdict::auth_err);
    BOOST_TEST(must(store->credentials().find_offline_password(carol))->hash == before);
    BOOST_TEST(comes(fresh) == Verdict::success);
    run_until([&] { return must(store->credentials().find_offline_password(carol))->hash != before; });
    server.is_away = true;
    BOOST_TEST(comes() == Verdict::auth_err);
    BOOST_TEST(comes(fresh) == Verdict::success);
}

BOOST_AUTO_TEST_CASE(a_verifier_of_another_cost_is_made_anew) {
    BOOST_TEST(comes() == Verdict::success);
    settle();
    const auto before = must(store->credentials().find_offline_password(carol))->hash;
    hashes.cost.passes = 2;
    BOOST_TEST(comes() == Verdict::success);
    run_until([&] { return must(store->credentials().find_offline_password(carol))->hash != before; });
}

BOOST_AUTO_TEST_CASE(codes_are_ours_and_asked_for_as_ever) {
    must(store->credentials().put_totp(carol, seed, {}, 0, clock.now()));
    BOOST_TEST(comes(carol_password, "000000") == Verdict::auth_err);
    BOOST_TEST(last_reason() == "bad-code");
    BOOST_TEST(comes(carol_password, "") == Verdict::auth_err);
    const auto right = code();
    BOOST_TEST(comes("wrong password here", right) == Verdict::auth_err);
    BOOST_TEST(last_reason() == "bad-password");
    server.is_away = true;
    BOOST_TEST(comes(carol_password, right) == Verdict::authinfo_unavail);
    server.is_away = false;
    BOOST_TEST(comes(carol_password, right) == Verdict::success);  // it was not used up
    BOOST_TEST(comes(carol_password, right) == Verdict::auth_err);
    BOOST_TEST(last_reason() == "code-reused");
    clock.advance(30s);
    const auto both = carol_password + code();
    BOOST_TEST(comes(both, both) == Verdict::success);  // one string, as sshd's password method gives
}

BOOST_AUTO_TEST_CASE(an_expired_password_is_told_to_who_proved_everything) {
    must(store->credentials().put_totp(carol, seed, {}, 0, clock.now()));
    server.what_it_says.answer = LdapAnswer::expired;
    const auto says = [&](const std::string& given) {
        return heard_by(*this, authenticate("carol"), {carol_password, given}).back();
    };
    BOOST_TEST(says("000000").find("expired") == std::string::npos);
    BOOST_TEST(last_reason() == "bad-code");
    BOOST_TEST(says(code()).find("Your password has expired") != std::string::npos);
    BOOST_TEST(last_reason() == "expired");
}

BOOST_AUTO_TEST_CASE(an_expired_password_is_good_for_no_enrolment) {
    change_user(carol, [](User& user) { user.mfa = MfaPolicy::required; });
    must(store->credentials().set_enrol_until(carol, clock.now() + 1h));
    server.what_it_says.answer = LdapAnswer::expired;
    BOOST_TEST(comes() == Verdict::auth_err);
    server.what_it_says.answer = LdapAnswer::ok;
    auto silent = authenticate("carol");
    silent.flags = wire::flag_silent;
    BOOST_TEST(heard_by(*this, std::move(silent), {carol_password, ""}).back().find("keyboard-interactive") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_code_given_before_counts_no_more_with_a_new_password) {
    config.rules = parse_config("login: {rules: [{require: [password, totp], remember_mfa: 15m}]}", "")
                       .config.value()
                       .rules;
    must(store->credentials().put_totp(carol, seed, {}, 0, clock.now()));
    auto sudo = [] {
        auto start = authenticate("carol", "sudo");
        start.rhost.clear();
        start.audit_session = 7;
        return start;
    };
    BOOST_TEST(verdict_of(*this, sudo(), {carol_password, code()}) == Verdict::success);
    settle();
    BOOST_TEST(verdict_of(*this, sudo(), {carol_password, ""}) == Verdict::success);
    server.password = fresh;
    BOOST_TEST(verdict_of(*this, sudo(), {fresh, ""}) == Verdict::auth_err);
    clock.advance(30s);
    BOOST_TEST(verdict_of(*this, sudo(), {fresh, code()}) == Verdict::success);
}

BOOST_AUTO_TEST_CASE(what_ends_soon_is_told_at_login) {
    server.what_it_says.expires_in = 24h * 3 + 1h;
    BOOST_TEST(heard_by(*this, authenticate("carol"), {carol_password, ""}).back() ==
               "Your password expires in 3 days.");
    server.what_it_says.grace_logins = 1;
    BOOST_TEST(heard_by(*this, authenticate("carol"), {carol_password, ""}).back() ==
               "Your password has expired: 1 more login before it must be changed.");
}

BOOST_AUTO_TEST_CASE(wrong_tries_at_once_ask_no_more_than_the_threshold) {
    std::vector<std::unique_ptr<Talk>> talks;
    for (int i = 0; i < 60; ++i)
        talks.push_back(std::make_unique<Talk>(*this, authenticate("carol"),
                                               std::vector<std::string>{"wrong " + std::to_string(i), ""}));
    run_until([&] { return std::all_of(talks.begin(), talks.end(), [](auto& t) { return t->done(); }); });
    BOOST_TEST(server.asked == 5);
    BOOST_TEST(login.log().counts().at({"login", Reason::locked_out}) == 55U);
    BOOST_TEST(comes() == Verdict::auth_err);
    BOOST_TEST(last_reason() == "locked-out");
    BOOST_TEST(server.asked == 5);
    clock.advance(15min);
    BOOST_TEST(comes() == Verdict::success);
}

BOOST_AUTO_TEST_CASE(too_many_wrong_tries_in_a_row_stop_strangers) {
    config.lockout.stop_after = 7;
    for (int i = 0; i < 5; ++i) comes("wrong password here");
    clock.advance(15min);
    for (int i = 0; i < 5; ++i) comes("wrong password here");
    clock.advance(24h);
    BOOST_TEST(comes() == Verdict::auth_err);
    BOOST_TEST(server.asked == 7);
    auto local = authenticate("carol", "login");
    local.rhost.clear();
    BOOST_TEST(verdict_of(*this, std::move(local), {carol_password, ""}) == Verdict::success);
}

BOOST_AUTO_TEST_CASE(who_waits_for_a_silent_server_keeps_nobody_else_waiting) {
    for (std::int64_t i = 0; i < 40; ++i) {
        User user = sample_user(100 + i, "u" + std::to_string(i), 200100 + static_cast<std::uint32_t>(i));
        user.source = "ldap:corp";
        must(store->users().insert(user, ""));
    }
    server.is_silent = true;
    std::vector<std::unique_ptr<Talk>> talks;
    for (int i = 0; i < 40; ++i) {
        auto start = authenticate("u" + std::to_string(i));
        start.rhost = "203.0.113.5";  // one network
        talks.push_back(
            std::make_unique<Talk>(*this, std::move(start), std::vector<std::string>{carol_password, ""}));
    }
    run_until([&] { return server.asked == static_cast<int>(RemoteQueue::most_asked); });
    BOOST_TEST(verdict_of(*this, authenticate("bob"), {alice_password, ""}) == Verdict::success);
    BOOST_TEST(verdict_of(*this, authenticate("alice"), {alice_password, code()}) == Verdict::success);
    Talk hers(*this, authenticate("carol"), {carol_password, ""});  // from elsewhere
    for (int i = 0; i < 20; ++i) must(loop->run_once(10ms));
    BOOST_TEST(server.asked == static_cast<int>(RemoteQueue::most_asked));
    bool in_turn = false;
    server.on_check = [&](const User& user) {
        in_turn =
            in_turn || (user.id == carol && server.asked <= static_cast<int>(RemoteQueue::most_asked) + 2);
    };
    server.is_silent = false;
    server.speak();
    run_until([&] {
        return hers.done() && std::all_of(talks.begin(), talks.end(), [](auto& t) { return t->done(); });
    });
    BOOST_TEST(in_turn);  // the network that floods waits behind itself
    for (const auto& talk : talks) BOOST_TEST(talk->verdict() == Verdict::success);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(a_try_that_a_crash_cut_off_while_the_server_was_asked_counts_once) {
    const TemporaryFolder folder;
    {
        Mirrored world(config_with_corp(), folder / "userd.db");
        world.server.is_silent = true;
        Talk talk(world, authenticate("carol"), {carol_password, ""});
        world.run_until([&] { return world.server.asked == 1; });
    }
    Mirrored world(config_with_corp(), folder / "userd.db");
    must(world.login.recover());
    BOOST_TEST(world.strangers().failures == 1U);
    BOOST_TEST(world.strangers().open == 0U);
    BOOST_TEST(world.comes() == Verdict::success);
}
