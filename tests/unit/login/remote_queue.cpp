// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/remote_queue.h"

#include "tests/unit/login/mirrored.h"

using namespace userd;
using namespace userd::test;
using namespace std::chrono_literals;
using wire::LdapAnswer;

namespace {

struct Fixture {
    void check(Duration at_most) {
        User user = sample_user(3, "carol", 200003);
        user.source = "ldap:corp";
        queue.check({"here", "carol"}, user, Secret(std::string_view(carol_password)), at_most,
                    [this](const RemotePasswords::Told& told) { told_.push_back(told.answer); });
    }
    void run_until(std::size_t count) {
        for (int i = 0; i < 1000 && told_.size() < count; ++i) must(loop->run_once(10ms));
        BOOST_REQUIRE(told_.size() == count);
    }

    std::unique_ptr<Loop> loop = must(Loop::open());
    Server server{*loop};
    RemoteQueue queue{*loop};
    std::vector<LdapAnswer> told_;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(remote_queue, Fixture)

BOOST_AUTO_TEST_CASE(where_nobody_asks_no_server_is_reached) {
    check(1h);
    BOOST_TEST(told_.empty());  // never inside the call
    run_until(1);
    BOOST_TEST((told_[0] == LdapAnswer::unreachable));
}

BOOST_AUTO_TEST_CASE(a_silent_server_is_waited_for_so_long_and_heard_no_more) {
    queue.use(&server);
    server.is_silent = true;
    check(50ms);
    run_until(1);
    BOOST_TEST((told_[0] == LdapAnswer::unreachable));
    server.speak();
    for (int i = 0; i < 5; ++i) must(loop->run_once(10ms));
    BOOST_TEST(told_.size() == 1U);
}

BOOST_AUTO_TEST_CASE(what_waits_for_its_turn_ends_in_time_too_and_is_not_asked_later) {
    queue.use(&server);
    server.is_silent = true;
    for (std::size_t i = 0; i < RemoteQueue::most_asked; ++i) check(1h);
    check(50ms);
    run_until(1);
    server.is_silent = false;
    server.speak();
    run_until(1 + RemoteQueue::most_asked);
    check(1h);
    run_until(2 + RemoteQueue::most_asked);
    BOOST_TEST(server.asked == static_cast<int>(RemoteQueue::most_asked) + 1);
}

BOOST_AUTO_TEST_SUITE_END()
