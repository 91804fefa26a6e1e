// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/directory/phone.h"

#include "tests/unit/store/support.h"

using namespace userd;
using namespace userd::test;

BOOST_AUTO_TEST_SUITE(phone)

BOOST_AUTO_TEST_CASE(all_ways_to_write_a_number_are_one_number) {
    for (const char* text : {"440123456789", "+440123456789", "00440123456789", "+44 0123456789",
                             "(+44) 012 345 6789", "+44-012.345-6789"})
        BOOST_TEST(must(parse_phone(text)) == "+440123456789");
}

BOOST_AUTO_TEST_CASE(nothing_is_no_number) {
    BOOST_TEST(must(parse_phone(" ")) == "");
}

BOOST_AUTO_TEST_CASE(what_is_no_number_is_refused) {
    for (const char* text :
         {"1234567", "1234567890123456", "+44 01x3456789", "++440123456789", "4401234+56789"}) {
        const auto result = parse_phone(text);
        BOOST_TEST(code_of(result) == Errc::invalid);
        BOOST_TEST(result.error().field == "phone");
    }
}

BOOST_AUTO_TEST_SUITE_END()
