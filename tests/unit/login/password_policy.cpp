// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/password_policy.h"

#include <boost/test/unit_test.hpp>

#include "daemon/login/codes.h"
#include "tests/unit/store/support.h"

using namespace userd;
using namespace userd::test;

namespace {

PasswordRules rules_of(const char* policy, bool second_factor = false, const User& user = {}) {
    Config config;
    config.password.policy = policy;
    PasswordRules rules;
    rules.policy = &policy_of_passwords(config);
    rules.second_factor = second_factor;
    rules.own_words = own_words(user);
    rules.near_words = near_words(user, "db.harbour");
    return rules;
}

// The first rule that is broken; empty when none is.
std::string broken(std::string_view password, const PasswordRules& rules) {
    for (const auto& verdict : must(judge_password(Secret(password), rules)))
        if (!verdict.kept) return std::string(verdict.rule);
    return {};
}

User liddell() {
    User user;
    user.name = "alice";
    user.display_name = "Alice Liddell-Hargreaves";
    user.email = "white.rabbit@zorblattquix.example";
    return user;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(password_policy)

BOOST_AUTO_TEST_CASE(nist_asks_fifteen_characters_alone_and_eight_with_a_second_factor) {
    const auto alone = rules_of("nist"), second = rules_of("nist", true);
    BOOST_TEST(broken("lamp posts sing", alone) == "");
    BOOST_TEST(broken("lamp posts sin", alone) == "length");
    BOOST_TEST(broken("zk9!rm2v", second) == "");
    BOOST_TEST(broken("zk9!rm2", second) == "length");
    BOOST_TEST(broken("", second) == "length");
    const std::string long_one = "the quick owl reads a map of seven harbours, ";
    std::string longest;
    while (longest.size() < 1024) longest += long_one;
    longest.resize(1024);
    BOOST_TEST(broken(longest, alone) == "");
    BOOST_TEST(broken(longest + "x", alone) == "length");
}

BOOST_AUTO_TEST_CASE(cis_asks_fourteen_characters_of_all_four_classes_whatever_the_factors) {
    for (const bool second_factor : {false, true}) {
        const auto rules = rules_of("cis", second_factor);
        BOOST_TEST(broken("Lamp post5 sing", rules) == "");
        BOOST_TEST(broken("Lamp post5 si", rules) == "length");
        BOOST_TEST(broken("lamp post5 sing", rules) == "classes");
        BOOST_TEST(broken("Lamp posts sing", rules) == "classes");
        BOOST_TEST(broken("LampPost5sIngIng", rules) == "classes");
        BOOST_TEST(broken("L\xC3\xA4mpPost5sIngIng", rules) == "");
    }
}

BOOST_AUTO_TEST_CASE(a_character_is_a_code_point_not_a_byte) {
    BOOST_TEST(broken("\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9", rules_of("nist", true)) == "length");
}

BOOST_AUTO_TEST_CASE(a_refusal_names_policy_and_rule_and_for_a_length_both_lengths) {
    const auto result = check_password(Secret("short"), rules_of("nist"));
    BOOST_TEST((result.error().code == Errc::password_refused));
    BOOST_TEST(result.error().field == "password");
    BOOST_TEST(
        result.error().message ==
        "the password has 5 characters: at least 15 are needed, or 8 for an account with a second factor "
        "(policy nist, rule length)");
    const auto weak = check_password(Secret("123456789012345"), rules_of("nist"));
    BOOST_TEST(weak.error().message.ends_with("(policy nist, rule strength)"));
    BOOST_TEST(weak.error().message.find("1234") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_accounts_own_names_are_refused) {
    const auto rules = rules_of("nist", false, liddell());
    for (const auto* bad : {"my name is ALICE, really", "Liddell in the rabbit hole", "follow the white one"})
        BOOST_TEST(broken(bad, rules) == "own-name", bad);
    BOOST_TEST(broken("curiouser and curiouser", rules) == "");
}

BOOST_AUTO_TEST_CASE(what_is_easily_guessed_is_refused_however_long) {
    const auto rules = rules_of("nist");
    for (const auto* bad :
         {"123456789012345", "passwordpassword", "aaaaaaaaaaaaaaaaaaaaaaaa", "qwertyuiopasdfgh",
          "Passw0rdPassw0rd", "iloveyou1234567", "abcdefghijklmnopqrst"})
        BOOST_TEST(broken(bad, rules) == "strength", bad);
    for (const auto* good : {"correct horse battery", "thunder cats are go", "lunar-orbit-cactus-mango"})
        BOOST_TEST(broken(good, rules) == "", good);
}

BOOST_AUTO_TEST_CASE(names_of_domain_and_host_are_no_strength) {
    const char* text = "zorblattquix";
    BOOST_TEST(broken(text, rules_of("nist", true)) == "");
    BOOST_TEST(broken(text, rules_of("nist", true, liddell())) == "strength");
}

BOOST_AUTO_TEST_CASE(a_password_on_the_list_is_refused) {
    auto rules = rules_of("nist");
    rules.blocklist = Blocklist::of_text("curiouser and curiouser\n");
    BOOST_TEST(broken("Curiouser and Curiouser", rules) == "blocklist");
    BOOST_TEST(broken("curiouser and curious", rules) == "");
}

BOOST_AUTO_TEST_CASE(all_rules_are_told_but_of_no_password_only_the_length) {
    auto rules = rules_of("cis", false, liddell());
    rules.blocklist = Blocklist::of_text("");
    std::string told;
    for (const auto& verdict : must(judge_password(Secret("alice"), rules)))
        told += std::string(verdict.rule) + (verdict.kept ? "+ " : "- ");
    BOOST_TEST(told == "length- own-name- classes- blocklist+ strength- ");
    BOOST_TEST(must(judge_password(Secret(), rules)).size() == 1);
}

BOOST_AUTO_TEST_CASE(a_generated_password_keeps_the_policy) {
    for (const char* policy : {"nist", "cis"})
        for (int i = 0; i < 50; ++i) {
            const auto rules = rules_of(policy);
            BOOST_TEST(broken(make_password(rules.policy->classes > 0).text(), rules) == "");
        }
}

BOOST_AUTO_TEST_SUITE_END()
