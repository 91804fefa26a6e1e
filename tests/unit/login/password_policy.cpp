// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/password_policy.h"

#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <fstream>

using namespace userd;

namespace {

bool passes(const char* password, bool second_factor, const std::vector<std::string>& words = {}) {
    return check_password(Secret(std::string_view(password)), words, second_factor).has_value();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(password_policy)

BOOST_AUTO_TEST_CASE(fifteen_characters_alone_eight_with_a_second_factor) {
    BOOST_TEST(passes("123456789012345", false));
    BOOST_TEST(!passes("12345678901234", false));
    BOOST_TEST(passes("12345678", true));
    BOOST_TEST(!passes("1234567", true));
    BOOST_TEST(!passes("", true));
    BOOST_TEST(!passes(std::string(1025, 'x').c_str(), true));
    BOOST_TEST(passes(std::string(1024, 'x').c_str(), false));
}

BOOST_AUTO_TEST_CASE(a_character_is_a_code_point_not_a_byte) {
    BOOST_TEST(!passes("\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9", true));
}

BOOST_AUTO_TEST_CASE(a_refusal_of_length_says_both_lengths) {
    const auto result = check_password(Secret("short"), {}, false);
    BOOST_TEST((result.error().code == Errc::password_refused));
    BOOST_TEST(result.error().field == "password");
    BOOST_TEST(result.error().message.find("15") != std::string::npos);
    BOOST_TEST(result.error().message.find("8 for") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_accounts_own_names_are_refused) {
    User user;
    user.name = "alice";
    user.display_name = "Alice Liddell-Hargreaves";
    user.email = "white.rabbit@example.org";
    const auto words = own_words(user);
    for (const auto* bad : {"my name is ALICE, really", "Liddell in the rabbit hole", "follow the white one"})
        BOOST_TEST(!passes(bad, false, words), bad);
    BOOST_TEST(passes("curiouser and curiouser", false, words));
}

BOOST_AUTO_TEST_CASE(a_blocklist_is_read_without_case_and_must_be_readable) {
    char path[] = "/tmp/userd-blocklist-XXXXXX";
    const int fd = mkstemp(path);
    BOOST_TEST(fd >= 0);
    close(fd);
    std::ofstream(path) << "Password1234567\ncorrecthorsebattery\n";
    BOOST_TEST(!check_blocklist(Secret("CorrectHorseBattery"), path));
    BOOST_TEST(check_blocklist(Secret("correcthorsebattery9"), path).has_value());
    unlink(path);
    BOOST_TEST((check_blocklist(Secret("x"), path).error().code == Errc::unavailable));
    BOOST_TEST(check_blocklist(Secret("x"), "").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
