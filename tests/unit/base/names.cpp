// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/names.h"

#include <boost/test/unit_test.hpp>

using userd::is_lookup_name;
using userd::is_reserved_id;

BOOST_AUTO_TEST_SUITE(names)

BOOST_AUTO_TEST_CASE(lookup_accepts_names_of_directories) {
    for (const char* name :
         {"alice", "Alice", "alice.smith", "svc$", "_apt", "j\xc3\xb6rg", "a1", "alice@example.org"})
        BOOST_TEST(is_lookup_name(name), name);
}

BOOST_AUTO_TEST_CASE(lookup_refuses_what_breaks_files_and_tools) {
    for (const char* name : {"", ".", "..", "-rf", "12345", "a:b", "a/b", "a,b", "a\nb", "a\x7f", "\xff",
                             "\xc3", "a\xc2\x85", "\xed\xa0\x80", "\xc0\xaf"})
        BOOST_TEST(!is_lookup_name(name), name);
    BOOST_TEST(!is_lookup_name(std::string_view("a\0b", 3)));
    BOOST_TEST(!is_lookup_name(std::string(256, 'a')));
}

BOOST_AUTO_TEST_CASE(reserved_ids_are_nobodys) {
    for (unsigned id : {0U, 999U, 60001U, 60577U, 61184U, 65519U, 65534U, 65535U, 0x80000000U, 0xFFFFFFFFU})
        BOOST_TEST(is_reserved_id(id), id);
    for (unsigned id : {1000U, 60000U, 60578U, 65533U, 66000U, 70000U, 1900000000U, 0x7FFFFFFFU})
        BOOST_TEST(!is_reserved_id(id), id);
}

BOOST_AUTO_TEST_SUITE_END()
