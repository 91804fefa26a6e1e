// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bulk/ldif.h"

#include <boost/test/unit_test.hpp>

using namespace userd;

BOOST_AUTO_TEST_SUITE(ldif)

BOOST_AUTO_TEST_CASE(what_is_not_plain_goes_in_base64) {
    BOOST_TEST(ldif_line("cn", "Alice") == "cn: Alice\n");
    BOOST_TEST(ldif_line("cn", "Jörg") == "cn:: SsO2cmc=\n");
    BOOST_TEST(ldif_line("cn", " Alice") == "cn:: IEFsaWNl\n");
    BOOST_TEST(ldif_line("cn", "Alice ") == "cn:: QWxpY2Ug\n");
    BOOST_TEST(ldif_line("cn", ":x") == "cn:: Ong=\n");
    BOOST_TEST(ldif_line("cn", "<x") == "cn:: PHg=\n");
    BOOST_TEST(ldif_line("cn", "a\nuid: b") == "cn:: YQp1aWQ6IGI=\n");
}

BOOST_AUTO_TEST_CASE(long_lines_are_folded) {
    const auto line = ldif_line("description", std::string(100, 'x'));
    BOOST_TEST(line == "description: " + std::string(63, 'x') + "\n " + std::string(37, 'x') + "\n");
}

BOOST_AUTO_TEST_CASE(names_in_dns) {
    BOOST_TEST(dn_value("alice") == "alice");
    BOOST_TEST(dn_value("a,b+c\"d\\e<f>g;h=i") == "a\\,b\\+c\\\"d\\\\e\\<f\\>g\\;h\\=i");
    BOOST_TEST(dn_value(" #x ") == "\\ #x\\ ");
    BOOST_TEST(is_dn("dc=example,dc=org"));
    for (const char* text : {"", "example.org", "dc=", "=x", "dc=a,,dc=b", "dc=a\nx: y", "d c=x"})
        BOOST_TEST(!is_dn(text), text);
}

BOOST_AUTO_TEST_SUITE_END()
