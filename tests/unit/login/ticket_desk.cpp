// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/ticket_desk.h"

#include <algorithm>

#include "daemon/store/ballast.h"
#include "tests/unit/login/support.h"
#include "tests/unit/store/small_disk.h"

using namespace userd;
using namespace userd::test;
using namespace std::chrono_literals;
using wire::Verdict;

namespace {

// Takes one ticket of bob's and notes what is called, in order, with the tickets that the disk has open by
// then.
struct Taking {
    explicit Taking(World& w)
        : world(w),
          writes(*w.store, *w.loop),
          log(*w.store, w.config, *w.loop),
          desk(*w.store, writes, *w.loop, w.clock, log, w.config) {}
    std::vector<std::string> take() {
        std::vector<std::string> called;
        bool done = false;
        desk.take(
            bob, "bob", "192.0.2.0/24", [&](TicketDesk::Answer) { called.push_back("begin"); },
            [&](TicketDesk::Answer answer, const Ticket& ticket) {
                called.push_back(answer == TicketDesk::Answer::taken ? "taken" : "none");
                called.push_back(ticket.durable ? "durable" : "in memory");
                done = true;
            });
        world.run_until([&] { return done; });
        return called;
    }
    World& world;
    store::WriteQueue writes;
    AttemptLog log;
    TicketDesk desk;
};

using Calls = std::vector<std::string>;

Verdict bob_tries(World& world, const char* password, const char* from = "192.0.2.7") {
    auto start = authenticate("bob");
    start.rhost = from;
    return verdict_of(world, std::move(start), {password, ""});
}

void count(World& world, const char* source, const store::Counter& counter) {
    must(world.store->tickets().put(bob, source, counter));
}

std::size_t stops_in_the_trail(World& world) {
    std::size_t stops = 0;
    for (const auto& entry : must(world.store->audit().list({}, 100)))
        stops += entry.action == "login.stopped" && entry.subject == "user:bob" &&
                 entry.reason == "locked-out" && entry.detail == R"({"tries":100})";
    return stops;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ticket_desk)

BOOST_AUTO_TEST_CASE(the_hash_may_begin_before_the_ticket_is_durable) {
    World world;
    Taking taking(world);
    BOOST_TEST(taking.take() == (Calls{"begin", "taken", "durable"}), boost::test_tools::per_element());
    BOOST_TEST(must(world.store->tickets().find(bob, "")).open == 1);
}

BOOST_AUTO_TEST_CASE(without_the_disk_the_ticket_is_in_memory_and_nothing_begins_early) {
    World world;
    Taking taking(world);
    const auto held = must(world.store->begin());
    BOOST_TEST(taking.take() == (Calls{"taken", "in memory"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_locked_account_begins_as_any_other) {
    World world;
    must(world.store->tickets().put(
        bob, "",
        {.failures = 5, .total = 5, .locked_until = world.clock.now() + Duration(std::chrono::hours(1))}));
    Taking taking(world);
    BOOST_TEST(taking.take() == (Calls{"begin", "none", "durable"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(sixty_four_wait_for_a_ticket_and_the_next_is_told_busy_at_once) {
    World world;
    Taking taking(world);
    for (int i = 0; i < 5; ++i) taking.take();
    std::map<TicketDesk::Answer, int> answers;
    Ticket taken;
    for (int i = 0; i < 66; ++i)
        taking.desk.take(
            bob, "bob", "192.0.2.0/24", [](TicketDesk::Answer) {},
            [&](TicketDesk::Answer answer, const Ticket& ticket) { ++answers[answer], taken = ticket; });
    BOOST_TEST(answers[TicketDesk::Answer::busy] == 2);
    const Ticket back{{bob, ""}, true};
    must(taking.desk.settle(back, TryOutcome::right, "192.0.2.0/24"));
    taking.desk.settled(back, TryOutcome::right);
    world.run_until([&] { return answers[TicketDesk::Answer::taken] > 0; });
    BOOST_TEST(answers[TicketDesk::Answer::taken] == 1);  // who waited longest
    BOOST_TEST(must(world.store->tickets().find(bob, "")).open == 5);
}

BOOST_AUTO_TEST_CASE(the_hundredth_wrong_try_from_unknown_networks_stops_them_until_an_admin_unlocks) {
    const TemporaryFolder folder;
    const std::string path = folder / "userd.db";
    {
        World world(cheap_config(), path);
        BOOST_TEST(bob_tries(world, alice_password, "198.51.100.4") == Verdict::success);
        count(world, "", {.total = 98});
        BOOST_TEST(bob_tries(world, "wrong password") == Verdict::auth_err);
        BOOST_TEST(stops_in_the_trail(world) == 0U);
        BOOST_TEST(bob_tries(world, "wrong password") == Verdict::auth_err);
        BOOST_TEST(stops_in_the_trail(world) == 1U);
    }
    World world(cheap_config(), path);
    must(world.login.recover());
    world.clock.advance(24h * 29);
    BOOST_TEST(bob_tries(world, alice_password) == Verdict::auth_err);
    BOOST_TEST(world.last_reason() == "locked-out");
    BOOST_TEST(bob_tries(world, alice_password, "203.0.113.9") == Verdict::auth_err);
    BOOST_TEST(bob_tries(world, alice_password, "198.51.100.77") == Verdict::success);  // known
    BOOST_TEST(bob_tries(world, alice_password, "") == Verdict::success);               // local
    BOOST_TEST(stops_in_the_trail(world) == 1U);
    const auto locked = must(world.credentials.record(bob)).at("locked_until");
    BOOST_TEST(std::get<std::int64_t>(locked) == to_unix(until_unlocked));
    BOOST_TEST(must(world.store->tickets().count_locked(world.clock.now())).stopped == 1U);
    BOOST_TEST(must(world.credentials.unlock({0, "root", "admin socket", {}}, bob)));
    BOOST_TEST(bob_tries(world, alice_password) == Verdict::success);
}

BOOST_AUTO_TEST_CASE(five_at_once_get_no_more_than_what_is_left_before_the_stop) {
    World world;
    count(world, "", {.total = 98});
    std::vector<std::unique_ptr<Talk>> talks;
    for (int i = 0; i < 5; ++i)
        talks.push_back(std::make_unique<Talk>(world, authenticate("bob"),
                                               std::vector<std::string>{"wrong " + std::to_string(i), ""}));
    world.run_until(
        [&] { return std::all_of(talks.begin(), talks.end(), [](auto& t) { return t->done(); }); });
    BOOST_TEST(world.login.log().counts().at({"login", Reason::bad_password}) == 2U);
    BOOST_TEST(world.login.log().counts().at({"login", Reason::locked_out}) == 3U);
    BOOST_TEST(must(world.store->tickets().find(bob, "")).total == 100U);
    BOOST_TEST(stops_in_the_trail(world) == 1U);
}

BOOST_AUTO_TEST_CASE(known_sources_and_local_are_locked_for_a_time_and_never_stopped) {
    World world;
    for (const char* from : {"", "198.51.100.4"}) {
        BOOST_TEST(bob_tries(world, alice_password, from) == Verdict::success);
        count(world, source_of(from).c_str(), {.failures = 4, .total = 500});
        BOOST_TEST(bob_tries(world, "wrong password", from) == Verdict::auth_err);
        BOOST_TEST(bob_tries(world, alice_password, from) == Verdict::auth_err);
        world.clock.advance(1h);
        BOOST_TEST(bob_tries(world, alice_password, from) == Verdict::success);
    }
}

BOOST_AUTO_TEST_CASE(nobody_who_is_stopped_is_told_so) {
    World world;
    count(world, "", {.total = 100, .locked_until = until_unlocked});
    Talk stopped(world, authenticate("bob"), {alice_password, ""});
    Talk unknown(world, authenticate("no-such"), {alice_password, ""});
    world.run_until([&] { return stopped.done() && unknown.done(); });
    BOOST_TEST((stopped.verdict() == unknown.verdict()));
    BOOST_REQUIRE(stopped.heard().size() == unknown.heard().size());
    const auto without_reference = [](const std::string& text) { return text.substr(0, text.find('(')); };
    for (std::size_t i = 0; i < stopped.heard().size(); ++i)
        BOOST_TEST(without_reference(stopped.heard()[i]) == without_reference(unknown.heard()[i]));
}

BOOST_AUTO_TEST_CASE(a_stricter_configuration_stops_at_the_next_try) {
    World world;
    count(world, "", {.total = 100});  // under a configuration that allowed more
    BOOST_TEST(bob_tries(world, alice_password) == Verdict::auth_err);
    BOOST_TEST(world.last_reason() == "locked-out");
    BOOST_TEST(stops_in_the_trail(world) == 1U);
}

BOOST_AUTO_TEST_CASE(a_lock_out_holds_for_its_time_wherever_the_clock_is_set) {
    for (const Duration step : {Duration(24h), Duration(-24h)}) {
        World world;
        for (int i = 0; i < 5; ++i) bob_tries(world, "wrong password");
        world.clock.set_wall(world.clock.now() + step);
        BOOST_TEST(bob_tries(world, alice_password) == Verdict::auth_err);
        BOOST_TEST(world.last_reason() == "locked-out");
        world.clock.advance(15min - 1s);
        BOOST_TEST(bob_tries(world, alice_password) == Verdict::auth_err);
        world.clock.advance(1s);
        BOOST_TEST(must(world.store->tickets().find(bob, "")).total == 5U);
        BOOST_TEST(bob_tries(world, alice_password, "203.0.113.9") == Verdict::success);
    }
}

BOOST_AUTO_TEST_CASE(a_lock_out_that_is_over_does_not_come_back_when_the_clock_is_set_back) {
    World world;
    for (int i = 0; i < 5; ++i) bob_tries(world, "wrong password");
    world.clock.advance(20min);
    world.clock.set_wall(world.clock.now() - 24h);
    BOOST_TEST(bob_tries(world, alice_password) == Verdict::success);
}

BOOST_AUTO_TEST_CASE(what_the_store_has_locked_stays_locked_without_the_disk) {
    World world;
    Taking taking(world);
    count(world, "", {.total = 5, .locks = 1, .locked_until = world.clock.now() + 15min});
    const auto held = must(world.store->begin());
    BOOST_TEST(taking.take() == (Calls{"none", "in memory"}), boost::test_tools::per_element());
    world.clock.advance(15min);
    BOOST_TEST(taking.take() == (Calls{"taken", "in memory"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(wrong_tries_without_the_disk_go_on_from_the_store_and_stop_too) {
    World world;
    count(world, "", {.failures = 4, .total = 99});
    {
        const auto held = must(world.store->begin());
        BOOST_TEST(bob_tries(world, "wrong password") == Verdict::auth_err);
        BOOST_TEST(bob_tries(world, alice_password) == Verdict::auth_err);
        world.clock.advance(24h);
        BOOST_TEST(bob_tries(world, alice_password) == Verdict::auth_err);
    }
    BOOST_TEST(bob_tries(world, alice_password) == Verdict::auth_err);
    BOOST_TEST(world.last_reason() == "locked-out");
    BOOST_TEST(is_stopped(must(world.store->tickets().find(bob, ""))));
    BOOST_TEST(stops_in_the_trail(world) == 1U);
}

BOOST_AUTO_TEST_CASE(what_is_owed_is_written_when_it_can_be_without_a_further_try) {
    const TemporaryFolder folder;
    const std::string path = folder / "userd.db";
    World world(cheap_config(), path);
    {
        const auto held = must(world.store->begin());
        for (int i = 0; i < 2; ++i) bob_tries(world, "wrong password");
        world.login.tend();
        for (int i = 0; i < 3; ++i) must(world.loop->run_once(10ms));
    }
    BOOST_TEST(must(world.store->tickets().find(bob, "")).failures == 0U);
    world.login.tend();
    world.run_until([&] { return must(world.store->tickets().find(bob, "")).failures == 2U; });
    world.login.tend();  // once
    bob_tries(world, "wrong password");
    BOOST_TEST(must(world.store->tickets().find(bob, "")).failures == 3U);
}

BOOST_AUTO_TEST_CASE(what_is_owed_is_counted_once_though_a_try_comes_at_the_same_time) {
    const TemporaryFolder folder;
    World world(cheap_config(), folder / "userd.db");
    {
        const auto held = must(world.store->begin());
        bob_tries(world, "wrong password");
    }
    world.login.tend();  // waits for the disk, and so does the try
    BOOST_TEST(bob_tries(world, "wrong password") == Verdict::auth_err);
    const auto counter = must(world.store->tickets().find(bob, ""));
    BOOST_TEST(counter.failures == 2U);
    BOOST_TEST(counter.open == 0U);
}

BOOST_AUTO_TEST_CASE(on_a_full_disk_an_admin_unlocks_in_the_space_that_is_kept_for_logins) {
    on_a_small_disk([](const std::string& folder) {
        World world(cheap_config(), folder + "/userd.db");
        must(store::Ballast(world.store->path()).make());
        count(world, "", {.total = 100, .locked_until = until_unlocked});
        fill_disk(folder);
        check("it is locked", bob_tries(world, alice_password) == Verdict::auth_err);
        check("an admin unlocks", must(world.credentials.unlock({0, "root", "admin socket", {}}, bob)));
        check("durably", !is_stopped(must(world.store->tickets().find(bob, ""))));
        check("and it is open", bob_tries(world, alice_password) == Verdict::success);
    });
}

BOOST_AUTO_TEST_CASE(cut_off_tries_that_cannot_be_written_lock_and_leave_nobody_waiting) {
    World world;
    count(world, "", {.open = 5});
    const auto held = must(world.store->begin());
    must(world.login.recover());
    BOOST_TEST(bob_tries(world, alice_password) == Verdict::auth_err);  // at once, not after 20 s: busy
    world.clock.advance(15min);
    BOOST_TEST(bob_tries(world, alice_password) == Verdict::success);
}

BOOST_AUTO_TEST_SUITE_END()
