// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/password_strength.h"

#include <boost/test/unit_test.hpp>
#include <chrono>

using namespace userd;

namespace {

double power(std::string_view text, const std::vector<std::string>& words = {}) {
    return guesses_power(Secret(text), words);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(password_strength)

BOOST_AUTO_TEST_CASE(common_ones_fall_at_once_and_sentences_stand) {
    BOOST_TEST(power("password") < 2);
    BOOST_TEST(power("correct horse battery staple") > 15);
    BOOST_TEST(power("") == 0);
}

BOOST_AUTO_TEST_CASE(own_words_are_guessed_first) {
    BOOST_TEST(power("hargreaves1865", {"hargreaves"}) < power("hargreaves1865"));
    BOOST_TEST(power("HargreaVes", {"hargreaves"}) < 4);
}

BOOST_AUTO_TEST_CASE(a_zero_byte_does_not_end_it) {
    using namespace std::string_view_literals;
    BOOST_TEST(power("ab\0 thunder cats are go"sv) > 10);
}

// The bound is generous: what it holds off is growth with the square of the length.
BOOST_AUTO_TEST_CASE(a_thousand_hostile_bytes_take_no_longer_than_a_hundred) {
    std::vector<std::string> words;
    for (char c = 'a'; c <= 'z'; ++c) words.push_back("aaaa" + std::string(8, c));
    for (const std::string_view unit :
         {"a", "abc", "p4ssw0rd", "1234567890", "@$1!|0", "19871987", "aaaab"}) {
        std::string text;
        while (text.size() < 1024) text += unit;
        text.resize(1024);
        const auto start = std::chrono::steady_clock::now();
        BOOST_TEST(power(text, words) == power(text.substr(0, most_scored), words));
        BOOST_TEST((std::chrono::steady_clock::now() - start < std::chrono::seconds(2)), unit);
    }
}

BOOST_AUTO_TEST_SUITE_END()
