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
            [this, name = source + "/" + account](std::optional<int> value) {
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
            [](std::optional<int>) {});
    }
    void run_until(std::size_t count) {
        for (int i = 0; i < 1000 && order.size() < count; ++i) must(loop->run_once(10ms));
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
    submit(queue, "home", "bob");
    run_until(2);
    BOOST_TEST(order.back() == "home/bob");
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
