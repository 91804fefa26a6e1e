// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/ldap/dn.h"

#include <boost/test/unit_test.hpp>

#include "common/wire/ldap.h"

using namespace userd;

namespace {

std::string normal(std::string_view dn) {
    return normal_dn(dn).value_or("none");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(dn)

BOOST_AUTO_TEST_CASE(all_ways_to_write_a_dn_have_one_form) {
    const char* const alice = "uid=alice,ou=people,dc=example,dc=org";
    for (const char* dn :
         {"uid=alice,ou=people,dc=example,dc=org", "UID=Alice,OU=People,DC=Example,DC=ORG",
          "uid = alice , ou= people,dc =example, dc=org", "uid=alice;ou=people;dc=example;dc=org",
          R"(uid=\61lice,ou=people,dc=example,dc=org)", R"(uid="alice",ou=people,dc=example,dc=org)",
          "uid=#0405616C696365,ou=people,dc=example,dc=org", R"(uid=alice\20,ou=people,dc=example,dc=org)",
          "OID.uid=alice,ou=people,dc=example,dc=org"})
        BOOST_TEST(normal(dn) == alice, dn << " is " << normal(dn));
    BOOST_TEST(normal("cn=a  b,o=c") == "cn=a b,o=c");
    BOOST_TEST(normal("cn=") == "cn=");
    BOOST_TEST(normal("2.5.4.3=X") == "2.5.4.3=x");
}

BOOST_AUTO_TEST_CASE(the_parts_of_an_rdn_have_no_order) {
    BOOST_TEST(normal("uid=7+cn=Bob,o=x") == "cn=bob+uid=7,o=x");
    BOOST_TEST(normal("cn=Bob + uid=7,o=x") == normal("UID=7+CN=bob,O=X"));
    BOOST_TEST(normal("cn=bob,uid=7,o=x") != normal("uid=7,cn=bob,o=x"));
}

BOOST_AUTO_TEST_CASE(whatever_is_special_is_escaped_in_one_way) {
    for (const char* dn :
         {R"(cn=Smith\, J,o=x)", R"(cn=Smith\2c J,o=x)", R"(cn=Smith\2C J,o=x)", R"(cn="Smith, J",o=x)"})
        BOOST_TEST(normal(dn) == R"(cn=smith\2c j,o=x)");
    BOOST_TEST(normal(R"(cn=a\+b\=c\\d\"e\<f\>g\;h)") == R"(cn=a\2bb\3dc\5cd\22e\3cf\3eg\3bh)");
    BOOST_TEST(normal(R"(cn=\#a#b)") == R"(cn=\23a#b)");
    BOOST_TEST(normal(R"(cn=a\00b)") == R"(cn=a\00b)");
    BOOST_TEST(normal("cn=a=b,o=x") == R"(cn=a\3db,o=x)");
    BOOST_TEST(normal("cn=#0203ABCDEF") == "cn=#0203abcdef");  // no string
    // The form is a DN, and its own form.
    for (const char* dn :
         {R"(cn=Smith\, J,o=x)", R"(cn=\#a#b)", "cn=#0203ABCDEF", "uid=7+cn=Bob,o=x", "cn=", R"(cn=\ÄÖ)"})
        if (const auto once = normal_dn(dn)) BOOST_TEST(normal(*once) == *once);
}

BOOST_AUTO_TEST_CASE(letters_of_other_alphabets_have_a_case_too) {
    BOOST_TEST(normal("cn=ÄPFEL,ou=Ω,o=Ж") == "cn=äpfel,ou=ω,o=ж");
    BOOST_TEST(normal("cn=ŁÓDŹ") == normal("CN=łódź"));
    BOOST_TEST(normal("cn=ß×÷") == "cn=ß×÷");
    BOOST_TEST(normal(R"(cn=\C3\84pfel)") == normal("cn=äpfel"));
    BOOST_TEST(normal("cn=日本") == "cn=日本");
}

BOOST_AUTO_TEST_CASE(what_is_no_dn_has_no_form) {
    for (const char* dn :
         {"", "alice", "=x", "uid=a,", ",uid=a", "uid=a,,dc=b", "uid=a+", "u id=a", "uid=a\\", "uid=a\\zz",
          "uid=\"a", "uid=\"a\"b", "uid=#", "uid=#0", "uid=#zz", "uid=a<b", "1=a", "uid=a,dc"})
        BOOST_TEST(normal(dn) == "none", dn << " is " << normal(dn));
    BOOST_TEST(normal(std::string_view("uid=a\0b", 7)) == "none");
    BOOST_TEST(normal("uid=" + std::string(wire::max_dn, 'a')) == "none");
    BOOST_TEST(normal("uid=" + std::string(wire::max_dn - 4, 'a')) != "none");
    std::string grown = "uid=";  // short as it comes, long in its form
    for (std::size_t i = 0; i < wire::max_dn / 2 - 2; ++i) grown += "\\+";
    BOOST_TEST(normal(grown) == "none");
}

BOOST_AUTO_TEST_CASE(a_dn_is_within_its_base) {
    BOOST_TEST(is_within("uid=a,dc=x", "dc=x"));
    BOOST_TEST(is_within("dc=x", "dc=x"));
    BOOST_TEST(!is_within("uid=a,dc=xx", "dc=x"));
    BOOST_TEST(!is_within("uid=a,xdc=x", "dc=x"));
    BOOST_TEST(!is_within("dc=x", "uid=a,dc=x"));
}

BOOST_AUTO_TEST_CASE(a_dn_of_a_value_holds_the_value_alone) {
    BOOST_TEST(dn_below("uid", "alice", "dc=x").value() == "uid=alice,dc=x");
    BOOST_TEST(dn_below("uid", "a,dc=evil", "dc=x").value() == R"(uid=a\2cdc\3devil,dc=x)");
    for (const char* value : {"a,dc=evil+cn=x", " a ", "#a", "a\\", "\"", "J\xc3\xb6rg"}) {
        const auto dn = dn_below("uid", value, "dc=x").value();
        BOOST_REQUIRE(normal(dn) != "none");
        BOOST_TEST(is_within(normal(dn), "dc=x"));
        BOOST_TEST(normal(dn).find(",dc") == normal(dn).rfind(",dc"));
    }
    BOOST_TEST(!dn_below("uid=a,ou", "x", "dc=x"));
}

BOOST_AUTO_TEST_SUITE_END()
