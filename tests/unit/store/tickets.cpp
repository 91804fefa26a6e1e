// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/store/tickets.h"

#include "daemon/store/store.h"
#include "daemon/store/users.h"
#include "tests/unit/store/support.h"

using namespace userd;
using namespace userd::test;
using namespace std::chrono_literals;
using store::Counter;
using store::Store;

namespace {
constexpr ObjectId alice{1};
const Time now = from_unix(1'800'000'000);
}  // namespace

BOOST_AUTO_TEST_SUITE(tickets_table)

BOOST_AUTO_TEST_CASE(a_counter_reads_back_and_survives_a_restart) {
    const TemporaryFolder folder;
    const Counter counter{3, 1, 7, 1, now + 15min, now};
    {
        auto store = must(Store::open(folder / "userd.db"));
        must(store->users().insert(sample_user(1, "alice", 70001), ""));
        BOOST_TEST((must(store->tickets().find(alice, "")) == Counter{}));
        must(store->tickets().put(alice, "", counter));
    }
    auto store = must(Store::open(folder / "userd.db"));
    BOOST_TEST((must(store->tickets().find(alice, "")) == counter));
    const auto open = must(store->tickets().list_unsettled(now + 1h));
    BOOST_REQUIRE(open.size() == 1);
    BOOST_TEST((open[0].value == counter));
    BOOST_TEST((must(store->tickets().locked_until(alice)) == now + 15min));
}

BOOST_AUTO_TEST_CASE(clearing_keeps_what_is_under_way) {
    auto store = must(Store::open(":memory:"));
    must(store->users().insert(sample_user(1, "alice", 70001), ""));
    BOOST_TEST(!must(store->tickets().clear(alice)));
    must(store->tickets().put(alice, "", {3, 1, 7, 1, now, now}));
    BOOST_TEST(must(store->tickets().clear(alice)));
    const Counter left = must(store->tickets().find(alice, ""));
    BOOST_TEST(left.open == 1);
    BOOST_TEST(left.failures + left.total + left.locks == 0);
    BOOST_TEST(!left.locked_until);
    BOOST_TEST(!must(store->tickets().clear(alice)));
}

BOOST_AUTO_TEST_CASE(a_source_is_known_for_a_time_and_the_newest_are_kept) {
    auto store = must(Store::open(":memory:"));
    must(store->users().insert(sample_user(1, "alice", 70001), ""));
    auto& tickets = store->tickets();
    for (int i = 0; i < 9; ++i)
        must(tickets.know_source(alice, "source " + std::to_string(i), now + i * 1s, 8));
    BOOST_TEST(must(tickets.counter_of(alice, "source 0", now - 24h)) == "");
    BOOST_TEST(must(tickets.counter_of(alice, "source 8", now - 24h)) == "source 8");
    BOOST_TEST(must(tickets.counter_of(alice, "source 8", now + 24h)) == "");
}

BOOST_AUTO_TEST_CASE(a_new_source_is_known_though_the_others_were_noted_on_a_clock_that_ran_ahead) {
    auto store = must(Store::open(":memory:"));
    must(store->users().insert(sample_user(1, "alice", 70001), ""));
    auto& tickets = store->tickets();
    for (int i = 0; i < 8; ++i) must(tickets.know_source(alice, "source " + std::to_string(i), now + 24h, 8));
    must(tickets.know_source(alice, "new", now, 8));
    BOOST_TEST(must(tickets.counter_of(alice, "new", now - 24h)) == "new");
}

BOOST_AUTO_TEST_CASE(lock_outs_are_counted_and_move_with_the_clock_and_stops_stay) {
    auto store = must(Store::open(":memory:"));
    auto& tickets = store->tickets();
    const Counter over{.locked_until = now - 1s}, locked{.locked_until = now + 15min},
        stopped{.total = 100, .locked_until = until_unlocked};
    const Counter counters[] = {over, locked, stopped};
    for (int i = 1; i <= 3; ++i) {
        must(store->users().insert(sample_user(i, "user" + std::to_string(i), 70000U + i), ""));
        must(tickets.put(ObjectId{i}, "", counters[i - 1]));
    }
    must(tickets.put(ObjectId{3}, "local", locked));
    BOOST_TEST(must(tickets.count_locked(now)).accounts == 2);
    BOOST_TEST(must(tickets.count_locked(now)).stopped == 1);
    must(tickets.move_locks(-24h, now + 1h));
    BOOST_TEST((*must(tickets.find(ObjectId{1}, "")).locked_until == now - 1s - 24h));
    BOOST_TEST((*must(tickets.find(ObjectId{2}, "")).locked_until == now + 15min - 24h));
    BOOST_TEST((must(tickets.find(ObjectId{3}, "")) == stopped));
    BOOST_TEST(must(tickets.list_unsettled(now + 1h)).empty());
    BOOST_TEST(must(tickets.list_unsettled(now - 48h)).size() == 3U);  // all but the stop
    must(tickets.move_locks(24h * 365, now + 1h));                     // no further than the longest
    BOOST_TEST((*must(tickets.find(ObjectId{2}, "")).locked_until == now + 1h));
    BOOST_TEST((must(tickets.find(ObjectId{3}, "")) == stopped));
    BOOST_TEST(must(tickets.clear(ObjectId{3})));
    BOOST_TEST(must(tickets.count_locked(now)).stopped == 0);
}

BOOST_AUTO_TEST_SUITE_END()
