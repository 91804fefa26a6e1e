// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/directory/plain_text.h"

#include "tests/unit/store/support.h"

using namespace userd;
using namespace userd::test;

BOOST_AUTO_TEST_SUITE(plain_text)

BOOST_AUTO_TEST_CASE(a_name_may_be_anybodys) {
    BOOST_TEST(must(parse_gecos("  Zoë D'Arc-Müller 李 ", "display_name")) == "Zoë D'Arc-Müller 李");
}

BOOST_AUTO_TEST_CASE(a_name_cannot_break_a_line_of_passwd) {
    for (const std::string text : {"a:b", "a,b", "a\nb", "a\x7F", "a\xC2\x9B", "a\xFF", "\x01"})
        BOOST_TEST(code_of(parse_gecos(text, "display_name")) == Errc::invalid);
    BOOST_TEST(!parse_gecos(std::string(256, 'a'), "display_name"));
    BOOST_TEST(parse_gecos("x:y", "first_name").error().field == "first_name");
}

BOOST_AUTO_TEST_CASE(a_path_is_absolute_and_straight) {
    BOOST_TEST(must(parse_path("/srv/x/", "home")) == "/srv/x");
    BOOST_TEST(must(parse_path("/", "home")) == "/");
    for (const std::string text : {"", "bin/sh", "/a/../b", "/a/.", "/a:b", "/a\n"})
        BOOST_TEST(code_of(parse_path(text, "home")) == Errc::invalid);
}

BOOST_AUTO_TEST_CASE(a_tag_is_a_word) {
    BOOST_TEST(must(parse_word_like("on-call", "tags")) == "on-call");
    for (const std::string text : {"", "a b", "-x", "+x", "a,b", "ä"})
        BOOST_TEST(code_of(parse_word_like(text, "tags")) == Errc::invalid);
}

BOOST_AUTO_TEST_SUITE_END()
