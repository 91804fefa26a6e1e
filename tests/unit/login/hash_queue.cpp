// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/hash_queue.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <future>

#include "tests/unit/login/support.h"

using namespace userd;
using namespace userd::test;
using namespace std::chrono_literals;

namespace {

struct Fixture {
    std::unique_ptr<Loop> loop = must(Loop::open());
    std::vector<std::string> order;
    std::promise<void> gate;

    void submit(HashQueue& queue, const std::string& source, const std::string& account) {
        queue.run(
            {source, account}, [] { return 1; },
            [this, name = source + "/" + account](const Result<int>& value) {
                order.push_back(value ? name : name + " busy");
            });
    }
    // Holds the one worker until `gate` opens.
    void block(HashQueue& queue) {
        queue.run(
            {"first", "first"},
            [open = gate.get_future().share()] {
                open.wait();
                return 1;
            },
            [](const Result<int>&) {});
    }
    void run_until(std::size_t count) {
        for (int i = 0; i < 10000 && order.size() < count; ++i) must(loop->run_once(10ms));
        BOOST_REQUIRE(order.size() == count);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(hash_queue, Fixture)

BOOST_AUTO_TEST_CASE(a_flood_waits_behind_itself) {
    HashQueue queue(*loop, 1);
    block(queue);
    for (int i = 0; i < 50; ++i) submit(queue, "flood", "victim " + std::to_string(i % 10));
    submit(queue, "home", "alice");
    gate.set_value();
    run_until(51);
    const auto place = std::find(order.begin(), order.end(), "home/alice") - order.begin();
    BOOST_TEST(place <= 1);
}

BOOST_AUTO_TEST_CASE(accounts_of_one_source_are_served_in_turn) {
    HashQueue queue(*loop, 1);
    block(queue);
    for (int i = 0; i < 20; ++i) submit(queue, "office", "a");
    submit(queue, "office", "b");
    gate.set_value();
    run_until(21);
    BOOST_TEST((std::find(order.begin(), order.end(), "office/b") - order.begin() <= 1));
}

BOOST_AUTO_TEST_CASE(what_waits_too_long_is_busy_and_told_once) {
    HashQueue queue(*loop, 1, 20ms);
    block(queue);
    submit(queue, "home", "alice");
    run_until(1);
    BOOST_TEST(order.back() == "home/alice busy");
    gate.set_value();
    while (queue.figures().done == 0) must(loop->run_once(50ms));  // else bob too may wait for too long
    submit(queue, "home", "bob");
    run_until(2);
    BOOST_TEST(order.back() == "home/bob");
}

// A client may hang up as soon as it has answered, and try again: its tries wait here without a connection.
BOOST_AUTO_TEST_CASE(a_source_has_so_many_places_and_all_together_too) {
    HashQueue queue(*loop, 1);
    block(queue);
    for (std::size_t i = 0; i < HashQueue::most_of_one_source; ++i) submit(queue, "flood", "a");
    BOOST_TEST(order.empty());
    submit(queue, "flood", "b");
    BOOST_REQUIRE(order.size() == 1);
    BOOST_TEST(order.back() == "flood/b busy");
    for (std::size_t i = HashQueue::most_of_one_source; i < HashQueue::most_waiting; ++i)
        submit(queue, "source " + std::to_string(i), "a");
    BOOST_TEST(order.size() == 1);
    submit(queue, "home", "alice");
    BOOST_TEST(order.size() == 2);
    gate.set_value();
    run_until(HashQueue::most_waiting + 2);
    submit(queue, "flood", "b");
    run_until(HashQueue::most_waiting + 3);
    BOOST_TEST(order.back() == "flood/b");
}

BOOST_AUTO_TEST_CASE(threads_follow_the_memory_and_the_cores) {
    Config config;
    config.hash_memory = 64ULL << 20;
    config.password.hash_memory = 64ULL << 20;
    BOOST_TEST(HashQueue::threads_for(config) == 1);
    config.password.hash_memory = 128ULL << 20;
    BOOST_TEST(HashQueue::threads_for(config) == 1);
    config.password.hash_memory = 1ULL << 20;
    BOOST_TEST(HashQueue::threads_for(config) == std::max(1U, std::thread::hardware_concurrency()));
}

BOOST_AUTO_TEST_SUITE_END()
