// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/remembered_codes.h"

#include "daemon/login/explain.h"
#include "tests/unit/login/support.h"

using namespace userd;
using namespace userd::test;
using namespace std::chrono_literals;
using wire::Phase;
using wire::Verdict;

namespace {

// sshd and sudo want a code; sudo's counts again for a quarter of an hour.
constexpr const char* at_sudo =
    "{service: sudo, require: [password, totp], remember_mfa: 15m}, {require: [password, totp]}";

// With a rule for each entrance, and somebody who comes to it.
struct Remembering : World {
    explicit Remembering(const std::string& rules = at_sudo) {
        config.rules = parse_config("login: {rules: [" + rules + "]}", "userd.yaml").config.value().rules;
    }

    static LoginStart sudo(std::uint32_t session, std::string user = "alice") {
        auto start = authenticate(std::move(user), "sudo");
        start.rhost.clear();
        start.audit_session = session;
        return start;
    }
    static LoginStart ssh(std::string from = "192.0.2.7", std::uint32_t parent = 0) {
        auto start = authenticate("alice");
        start.rhost = std::move(from);
        start.parent = parent;
        return start;
    }
    std::string fresh_code() {
        clock.advance(30s);
        return code();
    }
    bool lets_in(LoginStart start, const std::string& code = "") {
        return verdict_of(*this, std::move(start), {alice_password, code}) == Verdict::success;
    }
    bool account_lets_in(LoginStart start) {
        start.phase = Phase::account;
        return verdict_of(*this, std::move(start), {}) == Verdict::success;
    }
    void open_session(LoginStart start, std::uint32_t session, Peer peer) {
        start.phase = Phase::open_session;
        start.audit_session = session;
        BOOST_REQUIRE(verdict_of(*this, std::move(start), {}, peer) == Verdict::success);
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(remembered_codes)

BOOST_AUTO_TEST_CASE(a_code_counts_again_in_its_login_session_and_its_time_alone) {
    Remembering world;
    BOOST_TEST(!world.lets_in(world.sudo(7)));
    BOOST_TEST(world.lets_in(world.sudo(7), world.fresh_code()));
    BOOST_TEST(world.lets_in(world.sudo(7)));
    BOOST_TEST(!world.lets_in(world.sudo(8)));
    BOOST_TEST(!world.lets_in(world.sudo(wire::no_audit_session)));
    world.clock.advance(14min);
    BOOST_TEST(world.lets_in(world.sudo(7)));  // which makes it no younger
    world.clock.advance(1min);
    BOOST_TEST(!world.lets_in(world.sudo(7)));
}

BOOST_AUTO_TEST_CASE(the_password_is_asked_all_the_same_and_the_prompts_are_those_of_everybody) {
    Remembering world;
    BOOST_TEST(world.lets_in(world.sudo(7), world.fresh_code()));
    BOOST_TEST((verdict_of(world, world.sudo(7), {"wrong", ""}) == Verdict::auth_err));
    for (const char* name : {"alice", "bob", "no-such-name"}) {
        Talk talk(world, world.sudo(7, name), {"wrong", ""});
        world.run_until([&] { return talk.done(); });
        BOOST_REQUIRE(talk.heard().size() == 3U);
        BOOST_TEST(talk.heard()[0] == "Password: ");
        BOOST_TEST(talk.heard()[1] == "Verification code: ");
    }
}

BOOST_AUTO_TEST_CASE(whoever_types_a_code_is_held_to_it) {
    Remembering world;
    const auto code = world.fresh_code();
    BOOST_TEST(world.lets_in(world.sudo(7), code));
    BOOST_TEST(!world.lets_in(world.sudo(7), "000000"));
    BOOST_TEST(!world.lets_in(world.sudo(7), code));
    BOOST_TEST(world.last_reason() == "code-reused");
    BOOST_TEST(world.lets_in(world.sudo(7)));
}

BOOST_AUTO_TEST_CASE(where_no_rule_says_so_nothing_is_remembered) {
    Remembering world("{service: sudo, require: [password, totp]}");
    BOOST_TEST(world.lets_in(world.sudo(7), world.fresh_code()));
    BOOST_TEST(!world.lets_in(world.sudo(7)));
    BOOST_TEST(must(world.credentials.list_remembered(alice)).empty());
    BOOST_TEST(!world.account_lets_in(world.sudo(7)));
}

BOOST_AUTO_TEST_CASE(who_is_not_root_has_no_say_of_its_session) {
    Remembering world;
    BOOST_TEST(world.lets_in(world.sudo(7), world.fresh_code()));
    BOOST_TEST((verdict_of(world, world.sudo(7), {alice_password, ""}, {70001, 100}) == Verdict::auth_err));
}

BOOST_AUTO_TEST_CASE(a_remembered_code_alone_is_no_login) {
    Remembering world("{require: [totp], remember_mfa: 8h}");
    BOOST_TEST(world.lets_in(world.sudo(7), world.fresh_code()));
    BOOST_TEST((verdict_of(world, world.sudo(7), {"wrong", ""}) == Verdict::auth_err));
    BOOST_TEST(world.lets_in(world.sudo(7)));
}

BOOST_AUTO_TEST_CASE(what_was_forgotten_does_not_come_back_with_the_session) {
    Remembering world;
    const auto prove = [&] {
        return verdict_of(world, world.ssh("192.0.2.7", 200), {alice_password, world.fresh_code()},
                          {0, 201}) == Verdict::success;
    };
    BOOST_TEST(prove());
    world.credentials.forget_codes(alice);  // as a password that must be changed in the login does
    world.open_session(world.ssh(), 9, {0, 200});
    BOOST_TEST(!world.lets_in(world.sudo(9)));
    BOOST_TEST(prove());
    world.open_session(world.ssh(), 9, {0, 200});
    BOOST_TEST(world.lets_in(world.sudo(9)));
}

// sudo that has authenticated a moment ago passes the account phase alone.
BOOST_AUTO_TEST_CASE(the_account_phase_counts_it_too) {
    Remembering world;
    BOOST_TEST(!world.account_lets_in(world.sudo(7)));
    BOOST_TEST(world.lets_in(world.sudo(7), world.fresh_code()));
    BOOST_TEST(world.account_lets_in(world.sudo(7)));
    BOOST_TEST(!world.account_lets_in(world.sudo(8)));
}

BOOST_AUTO_TEST_CASE(a_login_over_ssh_is_remembered_for_its_session_when_that_opens) {
    Remembering world;
    const Peer child{0, 201}, monitor{0, 200};
    const auto prove = [&](const std::string& code) {
        return verdict_of(world, world.ssh("192.0.2.7", 200), {alice_password, code}, child) ==
               Verdict::success;
    };
    BOOST_TEST(prove(world.fresh_code()));
    BOOST_TEST(!world.lets_in(world.sudo(9)));
    world.open_session(world.ssh(), 8, {0, 300});  // of another sshd, by key
    BOOST_TEST(!world.lets_in(world.sudo(8)));
    world.open_session(world.ssh(), 9, monitor);
    BOOST_TEST(world.lets_in(world.sudo(9)));
    world.open_session(world.ssh(), 10, monitor);  // a proof is of one session
    BOOST_TEST(!world.lets_in(world.sudo(10)));
    BOOST_TEST(!world.lets_in(world.ssh()));  // sshd's rule remembers nothing
}

BOOST_AUTO_TEST_CASE(a_session_that_sshd_shares_with_all_is_not_remembered) {
    Remembering world;
    auto start = world.ssh("192.0.2.7", 200);
    start.audit_session = 5;  // somebody started sshd in a login session, and no session has its own
    BOOST_TEST((verdict_of(world, std::move(start), {alice_password, world.fresh_code()}, {0, 201}) ==
                Verdict::success));
    world.open_session(world.ssh(), 5, {0, 200});
    BOOST_TEST(!world.lets_in(world.sudo(5)));
}

BOOST_AUTO_TEST_CASE(the_same_address_counts_between_ssh_logins_where_sshds_rule_says_so) {
    Remembering world(
        "{service: sshd, require: [password, totp], remember_mfa: 1h}, "
        "{require: [password, totp]}");
    BOOST_TEST(world.lets_in(world.ssh(), world.fresh_code()));
    BOOST_TEST(world.lets_in(world.ssh()));
    BOOST_TEST(world.lets_in(world.ssh("::ffff:192.0.2.7")));
    BOOST_TEST(!world.lets_in(world.ssh("192.0.2.8")));
    BOOST_TEST(!world.lets_in(world.ssh("a.name.example")));
    BOOST_TEST(!world.lets_in(world.sudo(7)));
    BOOST_TEST(world.account_lets_in(world.ssh()));
    auto elsewhere = world.ssh();
    elsewhere.service = "vsftpd";
    BOOST_TEST(!world.lets_in(std::move(elsewhere)));
    world.clock.advance(1h);
    BOOST_TEST(!world.lets_in(world.ssh()));
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_set_back_makes_no_code_younger) {
    Remembering world;
    BOOST_TEST(world.lets_in(world.sudo(7), world.fresh_code()));
    world.clock.advance(15min);
    world.clock.set_wall(world.clock.now() - 24h);
    BOOST_TEST(!world.lets_in(world.sudo(7)));
}

BOOST_AUTO_TEST_CASE(each_change_of_the_credentials_ends_it) {
    const auto ends = [](auto change) {
        Remembering world;
        BOOST_TEST_REQUIRE(world.lets_in(world.sudo(7), world.fresh_code()));
        change(world);
        return must(world.credentials.list_remembered(alice)).empty();
    };
    const Actor root{0, "root", "test", {}};
    BOOST_TEST(ends([&](World& w) { must(w.credentials.reset_mfa(root, alice, {})); }));
    BOOST_TEST(ends([&](World& w) {
        NewPassword fresh;
        fresh.generate = true;
        bool done = false;
        w.credentials.set_password(root, alice, std::move(fresh), [&](const Result<Secret>& set) {
            BOOST_TEST(set.has_value());
            done = true;
        });
        w.run_until([&] { return done; });
    }));
    BOOST_TEST(ends([&](World& w) { BOOST_TEST(must(w.credentials.forget_remembered(root, alice))); }));
    BOOST_TEST(ends([&](World& w) { w.credentials.forget_codes(alice); }));
    BOOST_TEST(!ends([&](World& w) { w.credentials.forget_codes(bob); }));
    BOOST_TEST(!ends([&](World& w) {
        ChangeOptions dry;
        dry.dry_run = true;
        BOOST_TEST(must(w.credentials.forget_remembered(root, alice, dry)));
    }));
}

BOOST_AUTO_TEST_CASE(forgetting_stands_in_the_trail_once) {
    Remembering world;
    const Actor root{0, "root", "test", {}};
    BOOST_TEST(!must(world.credentials.forget_remembered(root, alice)));
    BOOST_TEST(world.lets_in(world.sudo(7), world.fresh_code()));
    BOOST_TEST(must(world.credentials.forget_remembered(root, alice)));
    BOOST_TEST(must(world.store->audit().list({}, 1)).at(0).action == "mfa.forget");
    BOOST_TEST(!world.lets_in(world.sudo(7)));
}

BOOST_AUTO_TEST_CASE(the_list_says_where_and_until_when) {
    Remembering world;
    BOOST_TEST(world.lets_in(world.sudo(7), world.fresh_code()));
    const auto given = to_unix(world.clock.now());
    world.clock.advance(5min);
    const auto rows = must(world.credentials.list_remembered(alice));
    BOOST_REQUIRE(rows.size() == 1U);
    BOOST_TEST(std::get<std::int64_t>(rows[0].at("session")) == 7);
    BOOST_TEST(std::get<std::int64_t>(rows[0].at("given_at")) == given);
    BOOST_TEST(std::get<std::int64_t>(rows[0].at("until")) == given + 15 * 60);
    world.clock.advance(10min);
    BOOST_TEST(must(world.credentials.list_remembered(alice)).empty());
}

BOOST_AUTO_TEST_CASE(what_is_kept_is_bounded_and_the_oldest_go_first) {
    RememberedCodes codes;
    Config config;
    config.rules[0].remember_mfa = 24h;
    const Demand demand{&config.rules[0], {}, true};
    const BootTime start{1h};
    for (std::uint32_t i = 0; i <= RememberedCodes::most_places; ++i)
        codes.note(alice, {i, {}}, start + std::chrono::seconds(i), start);
    BOOST_TEST(codes.list(alice, config, start).size() == RememberedCodes::most_places);
    BOOST_TEST(!codes.find(alice, {0, {}}, demand, start).has_value());
    BOOST_TEST(codes.find(alice, {1, {}}, demand, start).has_value());
}

BOOST_AUTO_TEST_CASE(explain_tells_of_it_by_the_same_function) {
    Remembering world("{service: [sshd, sudo], require: [password, totp], remember_mfa: 15m}");
    const auto user = *must(world.store->users().find(alice));
    const auto told = [&](const char* service, const char* from, Duration later = {}) {
        const auto said =
            must(explain_login(*world.store, world.config, world.credentials.remembered_codes(), "", user,
                               {service, from, world.clock.now() + later}, world.clock.boot_now() + later));
        std::string text = said.with;
        for (const auto& point : said.points)
            if (point.text.find("counts again") != std::string::npos) text += "; " + point.text;
        return text;
    };
    BOOST_TEST(told("sshd", "192.0.2.7") == "password, totp");
    BOOST_TEST(world.lets_in(world.ssh(), world.fresh_code()));
    BOOST_TEST(world.lets_in(world.sudo(7), world.fresh_code()));
    BOOST_TEST(told("sshd", "192.0.2.7").starts_with("password; a code given from 192.0.2.7 counts again"));
    BOOST_TEST(told("sshd", "192.0.2.8") == "password, totp");
    BOOST_TEST(told("sshd", "192.0.2.7", 15min) == "password, totp");
    BOOST_TEST(told("sudo", "").starts_with("password, totp; a code given in login session 7 counts again"));
}

BOOST_AUTO_TEST_SUITE_END()
