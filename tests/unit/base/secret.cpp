// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/base/secret.h"

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <type_traits>

using userd::Secret;

BOOST_AUTO_TEST_SUITE(secret)

static_assert(!std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);
static_assert(!fmt::is_formattable<Secret>::value, "a secret must not be printable");

BOOST_AUTO_TEST_CASE(moving_leaves_nothing_behind) {
    Secret a("correct horse");
    const Secret b = std::move(a);
    BOOST_TEST(a.empty());  // NOLINT: the moved-from state is the point
    BOOST_TEST(b.text() == "correct horse");
}

BOOST_AUTO_TEST_CASE(an_empty_one_is_an_empty_text_and_not_null) {
    BOOST_TEST(Secret().text().data() != nullptr);
    BOOST_TEST(Secret().text().empty());
}

BOOST_AUTO_TEST_CASE(shrinking_wipes_the_rest) {
    Secret a("abcdef");
    a.shrink(3);
    BOOST_TEST(a.text() == "abc");
    BOOST_TEST(a.data()[4] == 0);
}

BOOST_AUTO_TEST_CASE(equality_compares_all_bytes) {
    BOOST_TEST(equal(Secret("x"), Secret("x")));
    BOOST_TEST(!equal(Secret("x"), Secret("y")));
    BOOST_TEST(!equal(Secret("x"), Secret("xx")));
    BOOST_TEST(equal(Secret(), Secret()));
}

BOOST_AUTO_TEST_SUITE_END()
