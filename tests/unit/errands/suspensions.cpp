// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/errands/suspensions.h"

#include "tests/unit/errands/support.h"

using namespace userd;

namespace {

struct SuspensionWorld : test::ErrandWorld {
    static User user(std::uint32_t uid) {
        User made;
        made.uid = uid;
        made.name = "user" + std::to_string(uid);
        return made;
    }
    Suspensions::Done tell() {
        return [this](const Result<ErrandOutcome>& result) { ++(result ? done : failed); };
    }
    void answer(std::string_view error = {}) {
        wire::Word word;
        word.error = error;
        helper.say(word);
        turn();
    }

    Suspensions suspensions{errands};
    User alice = user(70000);
    int done = 0, failed = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(suspensions)

BOOST_FIXTURE_TEST_CASE(what_a_suspension_ends_is_asked_for, SuspensionWorld) {
    suspensions.suspend(alice, false);
    auto errand = helper.take();
    BOOST_TEST((errand.kind == wire::ErrandKind::suspend_user));
    BOOST_TEST(errand.uid == 70000U);
    BOOST_TEST(errand.name == "user70000");
    BOOST_TEST(errand.what == (wire::Sought::jobs | wire::Sought::sessions | wire::Sought::processes));
    answer();
    suspensions.suspend(alice, true);
    BOOST_TEST(helper.take().what == wire::Sought::jobs);
    answer();
    suspensions.end_sessions(alice);
    BOOST_TEST(helper.take().what == (wire::Sought::sessions | wire::Sought::processes));
    answer();
    suspensions.resume(alice);
    BOOST_TEST((helper.take().kind == wire::ErrandKind::resume_user));
}

BOOST_FIXTURE_TEST_CASE(who_asks_for_what_is_under_way_shares_it, SuspensionWorld) {
    suspensions.suspend(alice, false);
    suspensions.suspend(alice, false, tell());
    BOOST_TEST(helper.comes());
    BOOST_TEST(!helper.comes());
    answer();
    BOOST_TEST(done == 1);
}

BOOST_FIXTURE_TEST_CASE(a_resumption_waits_for_the_suspension_before_it, SuspensionWorld) {
    suspensions.suspend(alice, false);
    helper.take();
    suspensions.resume(alice, tell());
    turn();
    BOOST_TEST(!helper.comes());
    answer();
    BOOST_TEST((helper.take().kind == wire::ErrandKind::resume_user));
    answer();
    BOOST_TEST(done == 1);
}

BOOST_FIXTURE_TEST_CASE(many_at_once_leave_room_and_who_waits_goes_first, SuspensionWorld) {
    for (std::uint32_t uid = 70001; uid < 70020; ++uid) suspensions.suspend(user(uid), false);
    for (int i = 0; i < Suspensions::most_at_once; ++i) BOOST_TEST(helper.comes());
    turn();
    BOOST_TEST(!helper.comes());
    suspensions.suspend(user(70019), false, tell());  // stood last
    answer();
    BOOST_TEST(helper.take().uid == 70019U);
    answer();
    BOOST_TEST(done == 1);
}

BOOST_FIXTURE_TEST_CASE(a_failure_is_told_and_the_next_goes_on, SuspensionWorld) {
    suspensions.suspend(alice, false, tell());
    helper.take();
    suspensions.resume(alice, tell());
    answer(dbus_error_name(Errc::denied));
    BOOST_TEST(failed == 1);
    helper.take();
    answer();
    BOOST_TEST(done == 1);
}

BOOST_AUTO_TEST_SUITE_END()
