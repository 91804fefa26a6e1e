// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bulk/name_maker.h"

#include <boost/test/unit_test.hpp>
#include <map>

using namespace userd;

namespace {

const Config config;
const NameRule rule(config);

std::string made(NameMaker& maker, const std::map<std::string, std::string, std::less<>>& fields) {
    const auto name = maker.make([&](std::string_view field) {
        const auto found = fields.find(field);
        return found == fields.end() ? "" : found->second;
    });
    return name ? *name : "! " + name.error().message;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(name_maker)

BOOST_AUTO_TEST_CASE(letters_of_many_languages_become_plain) {
    BOOST_TEST(in_plain_letters("Jörg Müßig") == "jorgmussig");
    BOOST_TEST(in_plain_letters("Łukasz Ørsted-Æbelø") == "lukaszorsted-aebelo");
    BOOST_TEST(in_plain_letters("O'Brien") == "obrien");
    BOOST_TEST(in_plain_letters("ＡＢ") == "ab");
    BOOST_TEST(in_plain_letters("Иван") == "");
    BOOST_TEST(in_plain_letters("\xFF") == "");
}

BOOST_AUTO_TEST_CASE(a_template_takes_fields_and_letters) {
    auto maker = NameMaker::parse("{first_name:1}{last_name}", rule).value();
    BOOST_TEST(made(maker, {{"first_name", "Ève"}, {"last_name", "Dupont"}}) == "edupont");
    auto plain = NameMaker::parse("ext-{last_name}", rule).value();
    BOOST_TEST(made(plain, {{"last_name", "Dupont"}}) == "ext-dupont");
    BOOST_TEST(made(plain, {{"last_name", "Иван"}}) ==
               "! no name can be made: last_name has no letters of a login name");
}

BOOST_AUTO_TEST_CASE(a_dot_that_the_rule_refuses_becomes_a_hyphen) {
    auto maker = NameMaker::parse("{first_name}.{last_name}", rule).value();
    BOOST_TEST(made(maker, {{"first_name", "Alice"}, {"last_name", "Smith"}}) == "alice-smith");
    Config dotted;
    dotted.users.name_pattern = "[a-z_][a-z0-9_.-]*";
    const NameRule with_dots(dotted);
    auto other = NameMaker::parse("{first_name}.{last_name}", with_dots).value();
    BOOST_TEST(made(other, {{"first_name", "Alice"}, {"last_name", "Smith"}}) == "alice.smith");
}

BOOST_AUTO_TEST_CASE(equal_names_are_numbered_in_the_order_of_the_file) {
    auto maker = NameMaker::parse("{last_name}", rule).value();
    BOOST_TEST(made(maker, {{"last_name", "Smith"}}) == "smith");
    BOOST_TEST(made(maker, {{"last_name", "Smith"}}) == "smith2");
    BOOST_TEST(made(maker, {{"last_name", "SMITH"}}) == "smith3");
}

BOOST_AUTO_TEST_CASE(templates_that_mean_nothing_are_refused) {
    for (const char* text : {"", "alice", "{first_name", "{nonsense}", "{first_name:0}", "{first_name:x}"})
        BOOST_TEST(!NameMaker::parse(text, rule).has_value(), text);
}

BOOST_AUTO_TEST_SUITE_END()
