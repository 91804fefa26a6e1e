// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/ticket_desk.h"

#include "tests/unit/login/support.h"

using namespace userd;
using namespace userd::test;

namespace {

// Takes one ticket of bob's and notes what is called, in order, with the tickets that the disk has open by
// then.
struct Taking {
    explicit Taking(World& w)
        : world(w), writes(*w.store, *w.loop), desk(*w.store, writes, *w.loop, w.clock) {
        desk.use_config(world.config);
    }
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
    TicketDesk desk;
};

using Calls = std::vector<std::string>;

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

BOOST_AUTO_TEST_SUITE_END()
