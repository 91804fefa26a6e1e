// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/codes.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <set>
#include <string>

#include "daemon/login/words.h"

using namespace userd;

BOOST_AUTO_TEST_SUITE(codes)

BOOST_AUTO_TEST_CASE(a_shown_code_reads_back_however_it_is_typed) {
    const Secret code = make_code();
    BOOST_TEST(code.size() == code_characters);
    const std::string shown(shown_code(code).text());
    BOOST_TEST(shown.size() == 14);
    BOOST_TEST(shown[4] == '-');
    std::string small = shown;
    std::transform(small.begin(), small.end(), small.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    for (const auto& typed : {shown, small, std::string(code.text()), " " + shown})
        BOOST_TEST(equal(parse_code(Secret(typed)).value(), code));
}

BOOST_AUTO_TEST_CASE(what_has_not_the_form_of_a_code_is_none) {
    for (const auto* typed :
         {"", "123456", "ABCDEFGHIJK", "ABCDEFGHIJKLM", "ABCDEFGHIJK1", "ABCDEFGHIJK\xC3\xA9"})
        BOOST_TEST(!parse_code(Secret(std::string_view(typed))));
}

BOOST_AUTO_TEST_CASE(eight_digits_are_a_scratch_code_unless_the_authenticator_has_eight) {
    BOOST_TEST(parse_code(Secret(std::string_view("1234 5678")), 6).value().text() == "12345678");
    BOOST_TEST(parse_code(Secret(std::string_view("12345678"))).has_value());
    BOOST_TEST(!parse_code(Secret(std::string_view("12345678")), 8));
    BOOST_TEST(!parse_code(Secret(std::string_view("1234567A")), 6));
}

BOOST_AUTO_TEST_CASE(the_words_are_distinct_and_of_the_stated_lengths) {
    std::set<std::string_view> all;
    for (std::uint32_t i = 0; i < word_count; ++i) {
        BOOST_TEST(word(i).size() >= shortest_word);
        BOOST_TEST(word(i).size() <= longest_word);
        all.insert(word(i));
    }
    BOOST_TEST(all.size() == word_count);
}

BOOST_AUTO_TEST_CASE(a_made_password_is_four_words_and_long_enough_alone) {
    std::set<std::string> seen;
    for (int i = 0; i < 100; ++i) {
        const std::string password(make_password().text());
        BOOST_TEST(password.size() >= 15);
        BOOST_TEST(std::count(password.begin(), password.end(), '-') == 3);
        seen.insert(password);
    }
    BOOST_TEST(seen.size() == 100);
}

BOOST_AUTO_TEST_SUITE_END()
