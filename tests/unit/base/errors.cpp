// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/base/errors.h"

#include <boost/test/unit_test.hpp>

using namespace userd;

BOOST_AUTO_TEST_SUITE(errors)

BOOST_AUTO_TEST_CASE(every_code_comes_back_from_its_name) {
    for (int i = 0; i <= static_cast<int>(Errc::unavailable); ++i) {
        const auto code = static_cast<Errc>(i);
        const auto back = errc_of_dbus_name(dbus_error_name(code));
        BOOST_TEST((back == code || code == Errc::io));
    }
    BOOST_TEST((errc_of_dbus_name("org.example.Error.Other") == Errc::internal));
}

BOOST_AUTO_TEST_CASE(hint_and_field_travel_on_lines_of_their_own) {
    const Error sent{Errc::exists, "create alice: the name\nis taken", "choose another", "name"};
    const Error got = error_from_wire(dbus_error_name(sent.code), to_wire(sent));
    BOOST_TEST((got.code == Errc::exists));
    BOOST_TEST(got.message == "create alice: the name is taken");
    BOOST_TEST(got.hint == "choose another");
    BOOST_TEST(got.field == "name");
}

BOOST_AUTO_TEST_CASE(a_message_alone_is_one_line) {
    BOOST_TEST(to_wire({Errc::busy, "try later", {}, {}}) == "try later");
}

BOOST_AUTO_TEST_SUITE_END()
