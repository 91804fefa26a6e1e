// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/errands/errands.h"

#include "tests/unit/errands/support.h"

using namespace userd;
using World = userd::test::ErrandWorld;

namespace {

ErrandRequest request() {
    ErrandRequest wanted;
    wanted.kind = wire::ErrandKind::remove_home;
    wanted.uid = 70001;
    wanted.home = "/home/alice";
    wanted.paths = {"/srv", "/home"};
    return wanted;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(errands)

BOOST_FIXTURE_TEST_CASE(an_errand_goes_out_and_its_outcome_comes_back, World) {
    errands.run(request(), keep);
    const auto errand = helper.take();
    BOOST_TEST(errand.uid == 70001U);
    BOOST_TEST(errand.home == "/home/alice");
    BOOST_TEST(errand.paths == std::string_view("/srv\0/home\0", 11));
    helper.say_item("/home/alice/a");
    wire::Word done;
    done.count = 7;
    done.path = "/var/lib/userd-homes/alice.tar";
    helper.say(done);
    wait();
    BOOST_REQUIRE(outcome->has_value());
    BOOST_TEST((*outcome)->count == 7U);
    BOOST_TEST((*outcome)->archive == "/var/lib/userd-homes/alice.tar");
    BOOST_REQUIRE((*outcome)->items.size() == 1U);
    BOOST_TEST((*outcome)->items[0].path == "/home/alice/a");
}

BOOST_FIXTURE_TEST_CASE(a_refusal_comes_back_as_the_error_it_was, World) {
    errands.run(request(), keep);
    helper.take();
    wire::Word done;
    const std::string text = to_wire(Error{Errc::denied, "not yours", "ask root", {}});
    done.error = dbus_error_name(Errc::denied);
    done.message = text;
    helper.say(done);
    wait();
    BOOST_REQUIRE(!outcome->has_value());
    BOOST_TEST((outcome->error().code == Errc::denied));
    BOOST_TEST(outcome->error().message == "not yours");
    BOOST_TEST(outcome->error().hint == "ask root");
}

BOOST_FIXTURE_TEST_CASE(a_helper_that_dies_talks_nonsense_or_is_not_there_is_unavailable, World) {
    errands.run(request(), keep);
    helper.take();
    helper.connection.reset();
    wait();
    BOOST_TEST((outcome->error().code == Errc::unavailable));
    outcome.reset();
    errands.run(request(), keep);
    helper.take();
    BOOST_REQUIRE(send(helper.connection.get(), "nonsense", 8, 0) == 8);
    wait();
    BOOST_TEST((outcome->error().code == Errc::unavailable));
    outcome.reset();
    helper.listener.reset();
    errands.run(request(), keep);
    BOOST_TEST(!outcome.has_value());  // never inside run()
    wait();
    BOOST_TEST((outcome->error().code == Errc::unavailable));
}

BOOST_FIXTURE_TEST_CASE(who_waits_too_long_waits_no_more, World) {
    errands.run(request(), keep, {}, std::chrono::milliseconds(50));
    wait();
    BOOST_TEST((outcome->error().code == Errc::unavailable));
}

BOOST_FIXTURE_TEST_CASE(an_errand_of_which_nothing_is_heard_is_given_up, World) {
    Errands impatient(*loop, helper.socket(), std::chrono::milliseconds(50));
    impatient.run(request(), keep);
    helper.take();
    wait();
    BOOST_TEST((outcome->error().code == Errc::unavailable));
    char byte = 0;
    BOOST_TEST(recv(helper.connection.get(), &byte, 1, 0) <= 0);
}

BOOST_FIXTURE_TEST_CASE(searches_leave_room_for_other_errands, World) {
    auto search = request();
    search.kind = wire::ErrandKind::scan;
    std::vector<std::uint64_t> numbers;
    for (std::size_t i = 0; i < Errands::most_scans + 2; ++i) numbers.push_back(errands.run(search, keep));
    for (std::size_t i = 0; i < Errands::most_scans; ++i) BOOST_TEST(helper.comes());
    turn();
    BOOST_TEST(!helper.comes());
    errands.run(request(), keep);
    BOOST_TEST(helper.comes());  // it waits for no search
    errands.cancel(numbers[0]);
    BOOST_TEST(helper.comes());  // one that ends lets the next go
    BOOST_TEST(!helper.comes());
    errands.cancel(numbers.back());  // one that waits
    errands.cancel(numbers[1]);
    BOOST_TEST(!helper.comes());
    BOOST_TEST(!outcome.has_value());
}

BOOST_FIXTURE_TEST_CASE(a_cancelled_errand_hangs_up_and_says_nothing, World) {
    int items = 0;
    std::uint64_t number = 0;
    Errands::Listener listener;
    listener.item = [&](const ErrandItem&) {
        ++items;
        errands.cancel(number);
    };
    number = errands.run(request(), keep, listener);
    helper.take();
    helper.say_item("/a");
    helper.say_item("/b");
    for (int i = 0; i < 20; ++i) (void)loop->run_once(std::chrono::milliseconds(5));
    BOOST_TEST(items == 1);
    BOOST_TEST(!outcome.has_value());
    char byte = 0;
    BOOST_TEST(recv(helper.connection.get(), &byte, 1, 0) <= 0);
}

BOOST_AUTO_TEST_SUITE_END()
