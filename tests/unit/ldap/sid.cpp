// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/ldap/sid.h"

#include <boost/test/unit_test.hpp>

using namespace userd;

BOOST_AUTO_TEST_SUITE(sid)

BOOST_AUTO_TEST_CASE(text_and_bytes_are_one_sid) {
    const std::string_view raw("\x01\x05\0\0\0\0\0\x05\x15\0\0\0\x01\0\0\0\x02\0\0\0\x03\0\0\0\x52\x04\0\0",
                               28);
    const auto sid = Sid::parse_binary(raw);
    BOOST_REQUIRE(sid);
    BOOST_TEST(sid->text() == "S-1-5-21-1-2-3-1106");
    BOOST_TEST((Sid::parse("S-1-5-21-1-2-3-1106") == sid));
    BOOST_TEST(sid->rid() == 1106U);
    BOOST_TEST(sid->domain()->text() == "S-1-5-21-1-2-3");
    BOOST_TEST(sid->domain()->is_domain());
    BOOST_TEST(!sid->is_domain());
    BOOST_TEST(sid->domain()->with_rid(513).text() == "S-1-5-21-1-2-3-513");
    BOOST_TEST(Sid::parse("S-1-5-32-544")->domain()->is_domain() == false);
    BOOST_TEST(Sid::parse("S-1-281474976710655-4294967295")->text() == "S-1-281474976710655-4294967295");
}

BOOST_AUTO_TEST_CASE(what_is_no_sid_is_none) {
    for (const char* text :
         {"", "S", "S-1", "S-1-5", "S-2-5-21", "S-1-5-4294967296", "S-1-281474976710656-1", "S-1-5--1",
          "S-1-5-21-1-", "X-1-5-21", "S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16"})
        BOOST_TEST(!Sid::parse(text), text);
    BOOST_TEST(Sid::parse("S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15").has_value());
    const std::string good("\x01\x02\0\0\0\0\0\x05\x20\0\0\0\x20\x02\0\0", 16);
    BOOST_TEST(Sid::parse_binary(good)->text() == "S-1-5-32-544");
    BOOST_TEST(!Sid::parse_binary(good.substr(0, 15)));
    BOOST_TEST(!Sid::parse_binary(good + "x"));
    BOOST_TEST(!Sid::parse_binary(std::string_view("\x02" + good.substr(1))));
    BOOST_TEST(!Sid::parse_binary(std::string_view("\x01\x10" + std::string(70, '\0'))));
    BOOST_TEST(!Sid::parse_binary(std::string_view("\x01\0\0\0\0\0\0\x05", 8)));
    BOOST_TEST(!Sid::parse_binary(""));
}

BOOST_AUTO_TEST_SUITE_END()
