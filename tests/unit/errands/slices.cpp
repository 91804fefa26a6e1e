// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/errands/slices.h"

#include "tests/unit/errands/support.h"

using namespace userd;

namespace {

struct SliceWorld : test::ErrandWorld {
    SliceWorld() {
        alice.uid = 70000;
        alice.user_class = "small";
        config.class_limits["small"] = {512, 2ULL << 30};
    }
    void login() {
        slices.limit(alice, [this] { ++logins; });
    }
    void answer(std::string_view error = {}) {
        wire::Word done;
        done.error = error;
        helper.say(done);
        turn();
    }

    Config config;
    Slices slices{errands, config};
    User alice;
    int logins = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(slices)

BOOST_FIXTURE_TEST_CASE(a_login_waits_for_the_limits_of_its_class, SliceWorld) {
    login();
    const auto errand = helper.take();
    BOOST_TEST((errand.kind == wire::ErrandKind::limit_slice));
    BOOST_TEST(errand.uid == 70000U);
    BOOST_TEST(errand.tasks_max == 512U);
    BOOST_TEST(errand.memory_max == 2ULL << 30);
    BOOST_TEST(logins == 0);
    answer();
    BOOST_TEST(logins == 1);
    login();  // systemd keeps them
    BOOST_TEST(!helper.comes());
    BOOST_TEST(logins == 2);
}

BOOST_FIXTURE_TEST_CASE(limits_that_cannot_be_set_hold_no_login_up_and_are_tried_again, SliceWorld) {
    login();
    helper.take();
    answer(dbus_error_name(Errc::unavailable));
    BOOST_TEST(logins == 1);
    login();
    BOOST_TEST(helper.comes());
}

BOOST_FIXTURE_TEST_CASE(a_class_without_limits_takes_those_of_another_back, SliceWorld) {
    login();
    helper.take();
    answer();
    alice.user_class = "medium";
    login();
    const auto errand = helper.take();
    BOOST_TEST(errand.tasks_max == 0U);
    BOOST_TEST(errand.memory_max == 0U);
    answer();
    Config without;
    slices.use_config(without);
    login();
    BOOST_TEST(!helper.comes());
}

BOOST_FIXTURE_TEST_CASE(where_no_class_has_limits_nothing_is_asked, SliceWorld) {
    config.class_limits.clear();
    login();
    BOOST_TEST(!helper.comes());
    BOOST_TEST(logins == 1);
}

BOOST_AUTO_TEST_SUITE_END()
