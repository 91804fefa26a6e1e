// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/errands/homes.h"

#include "tests/unit/errands/support.h"

using namespace userd;

namespace {

struct World : test::ErrandWorld {
    World() {
        alice.uid = 70000;
        alice.home = "/home/alice";
    }
    Homes::Done count() {
        return [this](const Result<void>& result) { ++(result ? made : failed); };
    }
    void answer(std::optional<Errc> code = {}) {
        wire::Word done;
        const std::string text = to_wire(Error{code.value_or(Errc::internal), "no", {}, {}});
        if (code) {
            done.error = dbus_error_name(*code);
            done.message = text;
        }
        helper.say(done);
        turn();
    }

    Config config;
    Homes homes{errands, config};
    User alice;
    int made = 0, failed = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(homes)

BOOST_FIXTURE_TEST_CASE(several_first_logins_share_one_errand, World) {
    for (int i = 0; i < 3; ++i) homes.ensure(alice, count());
    BOOST_TEST(helper.comes());
    turn();
    BOOST_TEST(!helper.comes());
    BOOST_TEST(made == 0);
    answer();
    BOOST_TEST(made == 3);
}

BOOST_FIXTURE_TEST_CASE(a_failure_is_told_to_all_and_tried_again, World) {
    homes.ensure(alice, count());
    homes.ensure(alice, count());
    BOOST_TEST(helper.comes());
    answer(Errc::denied);
    BOOST_TEST(failed == 2);
    homes.ensure(alice, count());
    BOOST_TEST(helper.comes());
    answer();
    BOOST_TEST(made == 1);
}

BOOST_FIXTURE_TEST_CASE(each_login_asks_for_the_home_as_it_is_now, World) {
    homes.ensure(alice, count());
    BOOST_TEST(helper.comes());
    alice.home = "/home/alicia";
    homes.ensure(alice, count());  // another place: not the same errand
    BOOST_TEST(helper.comes());
    answer();
    BOOST_TEST(made == 1);
    homes.ensure(alice, count());  // somebody may have removed it
    BOOST_TEST(helper.comes());
    answer();
    BOOST_TEST(made == 2);
}

BOOST_FIXTURE_TEST_CASE(nothing_is_asked_where_no_homes_are_made, World) {
    config.users.home_create = "never";
    homes.ensure(alice, count());
    alice.home.clear();
    config.users.home_create = "login";
    homes.ensure(alice, count());
    BOOST_TEST(made == 2);
    BOOST_TEST(!helper.comes());
}

BOOST_FIXTURE_TEST_CASE(archives_are_kept_as_long_as_configured, World) {
    config.archive_keep = std::chrono::hours(24 * 7);
    homes.prune();
    const wire::Errand errand = helper.take();
    BOOST_TEST((errand.kind == wire::ErrandKind::prune_archives));
    BOOST_TEST(errand.most == 7U * 24 * 3600);
}

BOOST_AUTO_TEST_SUITE_END()
