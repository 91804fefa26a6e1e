// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/unit/login/support.h"

using namespace userd;
using namespace userd::test;

namespace {

const Actor alice_herself{70001, "alice", "bus", alice};

}  // namespace

BOOST_AUTO_TEST_SUITE(step_up)

BOOST_AUTO_TEST_CASE(one_code_is_enough_for_a_while) {
    World world;
    BOOST_TEST(must(world.credentials.needs_step_up(alice)));
    must(world.credentials.step_up(alice_herself, Secret(world.code())));
    BOOST_TEST(!must(world.credentials.needs_step_up(alice)));
    world.clock.advance(world.config.step_up.duration);
    BOOST_TEST(must(world.credentials.needs_step_up(alice)));
}

BOOST_AUTO_TEST_CASE(a_code_counts_once_and_a_wrong_one_like_a_wrong_login) {
    World world;
    must(world.credentials.step_up(alice_herself, Secret(world.code())));
    BOOST_TEST(code_of(world.credentials.step_up(alice_herself, Secret(world.code()))) == Errc::bad_code);
    for (int i = 1; i < 5; ++i)
        BOOST_TEST(code_of(world.credentials.step_up(alice_herself, Secret(std::string_view("000000")))) ==
                   Errc::bad_code);
    BOOST_TEST(code_of(world.credentials.step_up(alice_herself, Secret(world.code(1)))) ==
               Errc::too_many_tries);
}

BOOST_AUTO_TEST_CASE(a_change_of_the_credentials_ends_it) {
    World world;
    must(world.credentials.step_up(alice_herself, Secret(world.code())));
    must(world.credentials.unlock({0, "root", "bus", {}}, alice));
    BOOST_TEST(must(world.credentials.needs_step_up(alice)));
}

BOOST_AUTO_TEST_CASE(who_has_no_codes_is_never_asked) {
    World world;
    BOOST_TEST(!must(world.credentials.needs_step_up(bob)));
    BOOST_TEST(!must(world.credentials.needs_step_up({})));
    BOOST_TEST(!world.credentials.step_up({70002, "bob", "bus", bob}, Secret(std::string_view("000000"))));
}

BOOST_AUTO_TEST_SUITE_END()
