// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/login_news.h"

#include "tests/unit/login/support.h"

using namespace userd;
using namespace userd::test;
using namespace std::chrono_literals;
using wire::Phase;
using wire::Verdict;
using Lines = std::vector<std::string>;

namespace {

struct News : World {
    // Opens a session of bob's, and closes its books.
    Lines open(const char* from, const char* service = "sshd", std::uint32_t flags = 0) {
        auto start = start_of(Phase::open_session, "bob", service);
        start.rhost = from;
        start.flags = flags;
        const auto rows = reasons().size();
        Talk talk(*this, std::move(start), {});
        run_until([&] { return talk.done() && reasons().size() > rows; });
        BOOST_TEST(talk.verdict() == Verdict::success);
        return talk.heard();
    }
    void fail_from(const char* from, int times) {
        for (int i = 0; i < times; ++i) {
            auto start = authenticate("bob");
            start.rhost = from;
            (void)verdict_of(*this, std::move(start), {"wrong password here", ""});
        }
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(news_at_login)

BOOST_AUTO_TEST_CASE(a_login_tells_of_the_one_before_it_and_who_tried_in_vain_since) {
    News world;  // now is 2027-01-15 08:00 UTC
    BOOST_TEST(world.open("192.0.2.7").empty());
    world.clock.advance(1h);
    BOOST_TEST((world.open("", "login") == Lines{"Last login: 2027-01-15 08:00 UTC from 192.0.2.7 (sshd)"}));
    world.clock.advance(1h);
    world.fail_from("203.0.113.9", 2);
    world.clock.advance(1min);
    world.fail_from("198.51.100.4", 1);
    BOOST_TEST((world.open("192.0.2.7") ==
                Lines{"Last login: 2027-01-15 09:00 UTC here (login)",
                      "3 failed tries since then, the last 2027-01-15 10:01 UTC from 198.51.100.4 (sshd)"}));
    BOOST_TEST((world.open("192.0.2.7") == Lines{"Last login: 2027-01-15 10:01 UTC from 192.0.2.7 (sshd)"}));
}

BOOST_AUTO_TEST_CASE(wrong_tries_that_the_trail_has_summed_count_each) {
    News world;
    world.open("192.0.2.7");
    world.fail_from("203.0.113.9", 40);
    const auto told = world.open("192.0.2.7");
    BOOST_REQUIRE(told.size() == 2U);
    BOOST_TEST(told[1].starts_with("40 failed tries since then"));
    world.fail_from("203.0.113.9", 3);
    world.clock.advance(1h);
    auto change = must(world.store->begin());
    must(world.store->audit().close_sums(world.clock.now()));
    must(change.commit());
    world.fail_from("203.0.113.9", 1);
    BOOST_TEST(world.open("192.0.2.7").at(1).find("failed tries") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_sum_that_goes_on_over_a_login_is_not_since_then) {
    News world;
    world.fail_from("203.0.113.9", 8);
    world.clock.advance(1min);
    world.open("192.0.2.7");
    BOOST_TEST(world.open("192.0.2.7").size() == 1U);
    world.clock.advance(1h);
    auto change = must(world.store->begin());
    must(world.store->audit().close_sums(world.clock.now()));
    must(change.commit());
    BOOST_TEST(world.open("192.0.2.7").size() == 1U);
}

BOOST_AUTO_TEST_CASE(nothing_is_told_where_nobody_logs_in_or_nobody_listens) {
    News world;
    world.open("192.0.2.7");
    BOOST_TEST(world.open("", "su").empty());
    BOOST_TEST(world.open("", "cron").empty());
    BOOST_TEST(world.open("192.0.2.7", "sshd", wire::flag_silent).empty());
    world.clock.advance(1h);
    world.open("", "su");
    BOOST_TEST((world.open("192.0.2.7") == Lines{"Last login: 2027-01-15 08:00 UTC from 192.0.2.7 (sshd)"}));
}

BOOST_AUTO_TEST_CASE(a_host_with_a_long_and_wild_name_is_no_trouble) {
    News world;
    const std::string name(wire::max_name, '\x01');
    world.open(name.c_str());
    for (const auto& line : world.open(name.c_str())) BOOST_TEST(line.size() <= wire::max_step_text);
}

BOOST_AUTO_TEST_CASE(who_must_set_up_codes_is_told_until_when) {
    News world;
    world.config.mfa.grace = 48h;
    world.change_user(bob, [](User& user) {
        user.mfa = MfaPolicy::required;
        user.created_at = from_unix(1'800'000'000);
    });
    BOOST_TEST((world.open("192.0.2.7") ==
                Lines{"One-time codes must be set up before 2027-01-17 08:00 UTC: userctl mfa enable"}));
    BOOST_TEST(verdict_of(world, authenticate("bob"), {alice_password, ""}) == Verdict::success);
    world.clock.advance(48h);
    BOOST_TEST(verdict_of(world, authenticate("bob"), {alice_password, ""}) == Verdict::auth_err);
    BOOST_TEST(world.last_reason() == "mfa-missing");
}

BOOST_AUTO_TEST_SUITE_END()
