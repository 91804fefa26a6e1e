// SPDX-License-Identifier: LGPL-2.1-or-later
// What is foretold is what happens: each kind of account asks `explain` and then really logs in.
#include "daemon/login/explain.h"

#include "daemon/store/roles.h"
#include "tests/unit/login/support.h"

using namespace userd;
using namespace userd::test;
using namespace std::chrono_literals;
using wire::Phase;
using wire::Verdict;

namespace {

constexpr const char* ssh_key =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHVzZXJkIHRlc3Qga2V5IG51bWJlciBvbmUhISEh bob";

Explanation ask(World& world, ObjectId id, const char* service = "sshd", const char* from = "192.0.2.7") {
    const auto user = must(world.store->users().find(id));
    return must(explain_login(*world.store, world.config, world.credentials.remembered_codes(),
                              "/nonexistent", *user, {service, from, world.clock.now()},
                              world.clock.boot_now()));
}

std::string reason_of(const Explanation& explanation) {
    return std::string(to_text(explanation.reason));
}

// Authenticates with right answers, then passes the account phase: the reason that the trail has of it.
std::string really(World& world, ObjectId id, const char* service = "sshd") {
    const auto name = must(world.store->users().find(id))->name;
    world.clock.advance(30s);  // a code that is fresh
    Talk talk(world, authenticate(name, service), {alice_password, id == alice ? world.code() : ""});
    world.run_until([&] { return talk.done(); });
    if (talk.verdict() != Verdict::success) return world.last_reason();
    auto start = start_of(Phase::account, name, service);
    start.token = talk.take_token();
    const auto verdict = verdict_of(world, std::move(start), {});
    return verdict == Verdict::success ? "" : world.last_reason();
}

// The account phase alone: sshd has checked a key, or cron asks.
std::string really_vouched(World& world, ObjectId id, const char* service = "sshd") {
    const auto name = must(world.store->users().find(id))->name;
    const auto verdict = verdict_of(world, start_of(Phase::account, name, service), {});
    return verdict == Verdict::success ? "" : world.last_reason();
}

void configure(World& world, const std::string& text) {
    auto loaded = parse_config(text, "userd.yaml");
    BOOST_REQUIRE_MESSAGE(loaded.config, (loaded.problems.empty() ? "" : to_text(loaded.problems[0])));
    world.config.rules = loaded.config->rules;
    world.config.access = loaded.config->access;
    world.config.mfa.policy = loaded.config->mfa.policy;
}

struct Kind {
    const char* reason;
    void (*make)(World&);
};

void change(World& world, void (*how)(User&)) {
    world.change_user(bob, how);
}

// What becomes of bob, whose password is right.
const Kind kinds[] = {
    {"", [](World&) {}},
    {"must-change",
     [](World& w) {
         w.config.password.policy = "cis";
         w.clock.set_wall(w.clock.now() + 24h * 366);
     }},
    {"no-password", [](World& w) { must(w.store->credentials().remove_password(bob)); }},
    {"locked-out",
     [](World& w) {
         for (int i = 0; i < 5; ++i) (void)verdict_of(w, authenticate("bob"), {"wrong", ""});
     }},
    {"suspended", [](World& w) { change(w, [](User& u) { u.state = UserState::suspended; }); }},
    {"self-closed",
     [](World& w) {
         change(w, [](User& u) { u.state = UserState::suspended, u.state_reason = closed_by_itself; });
     }},
    {"pending", [](World& w) { change(w, [](User& u) { u.state = UserState::pending; }); }},
    {"collides", [](World& w) { change(w, [](User& u) { u.collides = true; }); }},
    {"expired", [](World& w) { change(w, [](User& u) { u.expires = from_unix(1'700'000'000); }); }},
    {"not-yet", [](World& w) { change(w, [](User& u) { u.not_before = from_unix(1'900'000'000); }); }},
    {"not-allowed", [](World& w) { configure(w, "login: {access: [{allow: {users: [alice]}}]}"); }},
    {"not-allowed", [](World& w) { configure(w, "login: {access: [{network: 10.0.0.0/8}]}"); }},
    {"not-allowed", [](World& w) { configure(w, "login: {rules: [{require: [key]}]}"); }},
    {"outside-hours", [](World& w) { configure(w, "login: {access: [{hours: Mo}]}"); }},  // it is Friday
    {"mfa-missing", [](World& w) { configure(w, "login: {rules: [{require: [password, totp]}]}"); }},
    {"mfa-missing", [](World& w) { change(w, [](User& u) { u.mfa = MfaPolicy::required; }); }},
    {"must-change", [](World& w) { change(w, [](User& u) { u.must_change = true; }); }},
    {"not-confined", [](World& w) { change(w, [](User& u) { u.kind = UserKind::sftp; }); }},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(explained)

BOOST_AUTO_TEST_CASE(each_kind_of_account_ends_as_was_foretold) {
    for (const Kind& kind : kinds) {
        World world;
        kind.make(world);
        const auto told = ask(world, bob);
        BOOST_TEST(reason_of(told) == kind.reason);
        BOOST_TEST(really(world, bob) == kind.reason);
        const bool opens = told.reason == Reason::none || told.reason == Reason::must_change;
        BOOST_TEST(told.allowed == opens, kind.reason);
        // A refusal has a point that says why; and who gets in reads of none.
        const bool has_why = std::any_of(told.points.begin(), told.points.end(), [&](const auto& point) {
            return !point.good && point.reason == told.reason && !point.text.empty();
        });
        BOOST_TEST(has_why != opens, kind.reason);
    }
}

BOOST_AUTO_TEST_CASE(who_has_codes_is_told_so_and_gets_in) {
    World world;
    const auto told = ask(world, alice);
    BOOST_TEST(told.with == "password, totp");
    BOOST_TEST(really(world, alice) == "");
    world.change_user(alice, [](User& user) { user.mfa = MfaPolicy::off; });
    BOOST_TEST(ask(world, alice).with == "password");
}

BOOST_AUTO_TEST_CASE(whoever_may_still_enrol_gets_in_and_then_not_any_more) {
    World world;
    world.change_user(bob, [](User& user) {
        user.mfa = MfaPolicy::required;
        user.enrol_until = from_unix(1'800'003'600);
    });
    BOOST_TEST(ask(world, bob).allowed);
    BOOST_TEST(ask(world, bob).with == "password, totp");
    world.clock.advance(1h);
    BOOST_TEST(reason_of(ask(world, bob)) == "mfa-missing");
    BOOST_TEST(really(world, bob) == "mfa-missing");
}

BOOST_AUTO_TEST_CASE(a_key_is_a_way_of_its_own) {
    World world;
    must(world.credentials.add_ssh_key({0, "root", "bus", {}}, bob, ssh_key, {}));
    must(world.store->credentials().remove_password(bob));
    BOOST_TEST(ask(world, bob).with == "key");
    BOOST_TEST(really_vouched(world, bob) == "");
    BOOST_TEST(reason_of(ask(world, bob, "login")) == "no-password");  // keys are sshd's alone
    world.change_user(bob, [](User& user) { user.mfa = MfaPolicy::required; });
    BOOST_TEST(reason_of(ask(world, bob)) == "mfa-missing");
    BOOST_TEST(really_vouched(world, bob) == "mfa-missing");
    configure(world, "login: {access: [{service: sshd, allow: {users: [alice]}}]}");
    BOOST_TEST(reason_of(ask(world, bob)) == "not-allowed");
    BOOST_TEST(really_vouched(world, bob) == "not-allowed");
}

BOOST_AUTO_TEST_CASE(where_nobody_is_asked_its_caller_vouches) {
    World world;
    must(world.store->credentials().remove_password(bob));
    configure(world,
              "login: {access: [{allow: {users: [alice]}}, {service: cron, allow: {groups: [batch]}}]}");
    for (const char* service : {"systemd-user", "atd", "cron"}) {
        BOOST_TEST(reason_of(ask(world, bob, service)) == really_vouched(world, bob, service), service);
        BOOST_TEST((ask(world, bob, service).allowed == (std::string_view(service) != "cron")), service);
    }
    world.change_user(bob, [](User& user) { user.expires = from_unix(1'700'000'000); });
    BOOST_TEST(reason_of(ask(world, bob, "atd")) == "expired");
    BOOST_TEST(really_vouched(world, bob, "atd") == "expired");
}

BOOST_AUTO_TEST_CASE(wrong_tries_count_for_where_they_came_from) {
    World world;
    for (int i = 0; i < 5; ++i) (void)verdict_of(world, authenticate("bob"), {"wrong", ""});
    BOOST_TEST(reason_of(ask(world, bob)) == "locked-out");
    BOOST_TEST(reason_of(ask(world, bob, "login", "")) == "");  // local has a counter of its own
    world.clock.advance(16min);
    BOOST_TEST(reason_of(ask(world, bob)) == "");
}

BOOST_AUTO_TEST_CASE(a_stop_is_told_with_what_ends_it_also_where_it_does_not_count) {
    World world;
    must(world.store->tickets().put(bob, "", {.total = 100, .locked_until = until_unlocked}));
    const auto has_point = [](const Explanation& told, bool good) {
        return std::any_of(told.points.begin(), told.points.end(), [&](const ExplainedPoint& point) {
            return point.good == good && point.reason == Reason::locked_out &&
                   point.text ==
                       "locked for unknown networks after 100 wrong tries in a row, until an admin unlocks";
        });
    };
    BOOST_TEST(reason_of(ask(world, bob)) == "locked-out");
    BOOST_TEST(has_point(ask(world, bob), false));
    BOOST_TEST(reason_of(ask(world, bob, "login", "")) == "");
    BOOST_TEST(has_point(ask(world, bob, "login", ""), true));
}

BOOST_AUTO_TEST_CASE(another_time_moves_the_clock_alone) {
    World world;
    world.change_user(bob, [](User& user) { user.expires = from_unix(1'800'086'400); });
    const auto user = *must(world.store->users().find(bob));
    const auto at = [&](std::int64_t seconds) {
        return must(explain_login(*world.store, world.config, {}, "", user, {"sshd", "", from_unix(seconds)},
                                  {}))
            .reason;
    };
    BOOST_TEST((at(1'800'000'000) == Reason::none));
    BOOST_TEST((at(1'800'086'400) == Reason::expired));
}

BOOST_AUTO_TEST_CASE(points_name_the_line_that_decides) {
    World world;
    configure(world,
              "login:\n"
              "  rules:\n"
              "    - {service: sudo, require: [password]}\n"
              "    - {service: sshd, require: [password, totp]}\n"
              "  access:\n"
              "    - {service: sshd, allow: {groups: [alice]}, hours: \"Mo-Th 07:00-20:00\"}\n");
    const auto told = ask(world, alice);
    BOOST_TEST(reason_of(told) == "outside-hours");
    BOOST_REQUIRE(told.points.size() == 4U);
    BOOST_TEST(told.points[0].text == "account active, not expired");
    BOOST_TEST(told.points[1].text == "rule login.rules[1] (sshd): password, totp");
    BOOST_TEST(told.points[1].where == "userd.yaml:4");
    BOOST_TEST(told.points[2].text == "totp enrolled; 0 wrong tries of 5");
    BOOST_TEST(told.points[3].text.starts_with(
        "rule login.access[0] allows alice only Mo-Th 07:00-20:00 (now Fri "));
    BOOST_TEST(told.points[3].where == "userd.yaml:6");
}

BOOST_AUTO_TEST_SUITE_END()
