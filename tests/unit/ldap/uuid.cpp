// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/ldap/uuid.h"

#include <boost/test/unit_test.hpp>

using namespace userd;

BOOST_AUTO_TEST_SUITE(uuid)

BOOST_AUTO_TEST_CASE(the_forms_of_a_uuid_are_one) {
    const std::string_view bytes("\x6b\xa7\xb8\x10\x9d\xad\x11\xd1\x80\xb4\x00\xc0\x4f\xd4\x30\xc8", 16);
    for (const char* text : {"6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6BA7B810-9DAD-11D1-80B4-00C04FD430C8",
                             "{6ba7b810-9dad-11d1-80b4-00c04fd430c8}", "6ba7b8109dad11d180b400c04fd430c8",
                             "6ba7b810-9dad11d1-80b400c0-4fd430c8"}) {
        const auto uuid = parse_uuid(text);
        BOOST_REQUIRE(uuid);
        BOOST_TEST(uuid->view() == bytes);
    }
    // [MS-DTYP] 2.3.4: the same as Active Directory keeps it
    const std::string_view guid("\x10\xb8\xa7\x6b\xad\x9d\xd1\x11\x80\xb4\x00\xc0\x4f\xd4\x30\xc8", 16);
    BOOST_TEST(uuid_of_guid(guid)->view() == bytes);
    BOOST_TEST(uuid_of_bytes(bytes)->view() == bytes);
}

BOOST_AUTO_TEST_CASE(what_is_no_uuid_is_none) {
    for (const char* text :
         {"", "6ba7b810", "6ba7b810-9dad-11d1-80b4-00c04fd430c", "6ba7b810-9dad-11d1-80b4-00c04fd430c80",
          "6ba7b810-9dad-11d1-80b4-00c04fd430cg", "{}"})
        BOOST_TEST(!parse_uuid(text));
    BOOST_TEST(!uuid_of_bytes("short"));
    BOOST_TEST(!uuid_of_guid(std::string(17, 'x')));
    BOOST_TEST(parse_uuid("00000000-0000-0000-0000-000000000000")->is_zero());
}

BOOST_AUTO_TEST_SUITE_END()
