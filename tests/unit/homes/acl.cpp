// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/homes/acl.h"

#include <boost/test/unit_test.hpp>
#include <cstring>

using namespace userd::homes;

namespace {

constexpr std::uint32_t alice = 70001, bob = 70002, nobody = 0xFFFFFFFF;
constexpr std::uint16_t owner = 1, named_user = 2, group = 4, named_group = 8, mask = 16, other = 32;

struct Line {
    std::uint16_t tag, permissions;
    std::uint32_t id;
};

// On a little-endian machine the bytes of the fields as they are.
std::string acl_of(std::initializer_list<Line> lines) {
    std::string bytes("\2\0\0\0", 4);
    for (const auto& line : lines) bytes.append(reinterpret_cast<const char*>(&line), sizeof line);
    return bytes;
}

const AclChange to_bob{alice, bob, alice, bob};

}  // namespace

BOOST_AUTO_TEST_SUITE(acl)

BOOST_AUTO_TEST_CASE(an_entry_goes_to_the_new_user_and_the_rest_stays) {
    const auto before = acl_of({{owner, 7, nobody},
                                {named_user, 6, alice},
                                {named_user, 4, 1000},
                                {group, 5, nobody},
                                {named_group, 4, alice},
                                {mask, 7, nobody},
                                {other, 0, nobody}});
    BOOST_TEST(acl_names_user(before, alice));
    const auto after = change_acl(before, to_bob);
    BOOST_TEST(after == acl_of({{owner, 7, nobody},
                                {named_user, 6, bob},
                                {named_user, 4, 1000},
                                {group, 5, nobody},
                                {named_group, 4, bob},
                                {mask, 7, nobody},
                                {other, 0, nobody}}));
    BOOST_TEST(!acl_names_user(after, alice));
}

BOOST_AUTO_TEST_CASE(who_has_an_entry_already_gets_what_both_allow) {
    const auto before =
        acl_of({{owner, 7, nobody}, {named_user, 4, alice}, {named_user, 2, bob}, {mask, 7, nobody}});
    BOOST_TEST(change_acl(before, to_bob) ==
               acl_of({{owner, 7, nobody}, {named_user, 6, bob}, {mask, 7, nobody}}));
}

BOOST_AUTO_TEST_CASE(what_names_nobody_of_ours_or_is_no_acl_stays_to_the_byte) {
    const auto others = acl_of({{owner, 7, nobody}, {named_user, 4, 1000}, {mask, 7, nobody}});
    auto cut = acl_of({{named_user, 6, alice}});
    cut.pop_back();
    auto newer = acl_of({{named_user, 6, alice}});
    newer[0] = '\3';
    for (const auto& bytes : {others, cut, newer, std::string(), std::string("\2\0", 2)}) {
        BOOST_TEST(change_acl(bytes, to_bob) == bytes);
        BOOST_TEST(!acl_names_user(bytes, alice));
    }
}

BOOST_AUTO_TEST_SUITE_END()
