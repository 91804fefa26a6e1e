// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/ldap/filter.h"

#include <boost/test/unit_test.hpp>

#include "daemon/config/ldap_syntax.h"

using namespace userd;

BOOST_AUTO_TEST_SUITE(filter)

BOOST_AUTO_TEST_CASE(parts_make_a_filter) {
    const Filter one = Filter::equals("uid", "alice"), other = Filter::present("uidNumber");
    BOOST_TEST(one.text() == "(uid=alice)");
    BOOST_TEST(other.text() == "(uidNumber=*)");
    BOOST_TEST(Filter::at_least("modifyTimestamp", "20260101000000Z").text() ==
               "(modifyTimestamp>=20260101000000Z)");
    BOOST_TEST(Filter::all_of({one, other}).text() == "(&(uid=alice)(uidNumber=*))");
    BOOST_TEST(Filter::any_of({one, other}).text() == "(|(uid=alice)(uidNumber=*))");
    BOOST_TEST(Filter::none_of(one).text() == "(!(uid=alice))");
    BOOST_TEST(Filter::all_of({one}).text() == "(uid=alice)");
    BOOST_TEST(Filter::any_of({}).text() == "(!(objectClass=*))");
    BOOST_TEST(Filter::all_of({}).text() == "(objectClass=*)");
}

// CVE-2017-12173 and its kin: what somebody typed at a login prompt became part of the question.
BOOST_AUTO_TEST_CASE(a_value_never_becomes_syntax) {
    const std::pair<std::string_view, const char*> cases[] = {
        {"*", R"((uid=\2a))"},
        {"alice)(uidNumber=0", R"((uid=alice\29\28uidNumber=0))"},
        {"*)(|(uid=*", R"((uid=\2a\29\28\7c\28uid=\2a))"},
        {"a\\2a", R"((uid=a\5c2a))"},
        {std::string_view("a\0b", 3), R"((uid=a\00b))"},
        {"\xff\xc3", R"((uid=\ff\c3))"},
        {"J\xc3\xb6rg", R"((uid=J\c3\b6rg))"},
        {"\n", R"((uid=\0a))"},
        {"", "(uid=)"},
        {"cn=x,dc=a b", "(uid=cn=x,dc=a b)"},
    };
    for (const auto& [value, text] : cases) BOOST_TEST(Filter::equals("uid", value).text() == text);
}

BOOST_AUTO_TEST_CASE(each_byte_makes_a_filter_that_reads_as_one) {
    for (int byte = 0; byte < 256; ++byte) {
        const char c = static_cast<char>(byte);
        const auto text = Filter::equals("uid", std::string_view(&c, 1)).text();
        const auto read = parse_ldap_filter(text);
        BOOST_REQUIRE_MESSAGE(read, text);
        BOOST_TEST(*read == text);
    }
}

BOOST_AUTO_TEST_CASE(an_attribute_that_is_none_matches_nothing) {
    for (const char* name : {"", "uid=*)(cn", "u id", "*", "1", "uid;binary"}) {
        BOOST_TEST(Filter::equals(name, "x").text() == "(!(objectClass=*))");
        BOOST_TEST(Filter::present(name).text() == "(!(objectClass=*))");
    }
}

BOOST_AUTO_TEST_CASE(what_the_configuration_says_is_read_before_it_is_used) {
    BOOST_TEST(Filter::parse("(& (a=b) (c=*))").value().text() == "(&(a=b)(c=*))");
    BOOST_TEST(!Filter::parse("(a=b)(c=d)"));
}

BOOST_AUTO_TEST_SUITE_END()
