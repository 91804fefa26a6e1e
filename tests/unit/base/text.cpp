// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/base/text.h"

#include <boost/test/unit_test.hpp>

#include "common/base/unescaped.h"

using namespace userd;

BOOST_AUTO_TEST_SUITE(text)

BOOST_AUTO_TEST_CASE(utf8_follows_rfc_3629) {
    BOOST_TEST(is_utf8("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x94\x91"));
    for (const char* bad :
         {"\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82"})
        BOOST_TEST(!is_utf8(bad));
}

BOOST_AUTO_TEST_CASE(escaped_text_has_no_control_characters) {
    BOOST_TEST(escaped("a\nb\x1b[0m\\\xff") == "a\\x0ab\\x1b[0m\\\\\\xff");
    BOOST_TEST(escaped("\xc2\x9b") == "\\xc2\\x9b");
    BOOST_TEST(escaped("\xc3\xbc") == "\xc3\xbc");
}

BOOST_AUTO_TEST_CASE(each_text_of_bytes_is_escaped_to_one_and_back) {
    std::string all;
    for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
    for (const std::string& bytes : {all, std::string("\\xff"), std::string("\xff"), std::string("\xc3\xbc")})
        BOOST_TEST(unescaped(escaped(bytes)).value() == bytes);
    for (const char* bad : {"\\", "a\\", "\\n", "\\x", "\\x4", "\\xg0", "\\x+1", "\\x-1", "\\X41"})
        BOOST_TEST(!unescaped(bad), bad);
}

BOOST_AUTO_TEST_CASE(text_that_was_escaped_before_is_not_escaped_again) {
    BOOST_TEST(without_controls(escaped("a\nb\\")) == escaped("a\nb\\"));
    BOOST_TEST(without_controls("a\x1b") == "a\\x1b");
}

BOOST_AUTO_TEST_CASE(numbers_are_whole_and_bounded) {
    BOOST_TEST(parse_number("18446744073709551615").value() == 18446744073709551615ULL);
    for (const char* bad : {"", "-1", "+1", " 1", "1 ", "0x1", "18446744073709551616"})
        BOOST_TEST(!parse_number(bad));
}

BOOST_AUTO_TEST_CASE(a_slip_finds_its_word) {
    BOOST_TEST(nearest_word("emial", {"email", "phone"}) == "email");
    BOOST_TEST(nearest_word("xyzzy", {"email", "phone"}).empty());
    BOOST_TEST(nearest_word("mport", {"import", "export"}) == "import");
    BOOST_TEST(nearest_word("report", {"import", "list"}).empty());  // another word, not a slip
}

BOOST_AUTO_TEST_SUITE_END()
