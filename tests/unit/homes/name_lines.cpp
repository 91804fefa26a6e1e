// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/homes/name_lines.h"

#include <boost/test/unit_test.hpp>

using namespace userd::homes;

namespace {

struct Case {
    NameFile form;
    std::string line;
    std::string rest;  // what is left of it with a newline; the line itself: it may not be touched
    bool found = true;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(name_lines)

BOOST_AUTO_TEST_CASE(a_name_is_found_and_taken_out_of_what_grants) {
    const Case cases[] = {
        {NameFile::group, "sudo:x:27:alice,bob", "sudo:x:27:bob\n"},
        {NameFile::group, "sudo:x:27:alice", "sudo:x:27:\n"},
        {NameFile::group, "alice:x:1000:", "alice:x:1000:\n", false},
        {NameFile::group, "sudo:x:27:alicea,balice", "sudo:x:27:alicea,balice\n", false},
        {NameFile::gshadow, "sudo:!:alice:bob,alice", "sudo:!::bob\n"},
        {NameFile::subordinate, "alice:100000:65536", ""},
        {NameFile::subordinate, "alicea:100000:65536", "alicea:100000:65536\n", false},
        {NameFile::names, "alice", ""},
        {NameFile::names, "alice bob", "alice bob\n", false},
        {NameFile::denied, "alice", "alice\n"},
        {NameFile::access, "+ : alice bob : ALL", "+ : bob : ALL\n"},
        {NameFile::access, "+:alice:ALL", ""},
        {NameFile::access, "-:alice:ALL", "-:alice:ALL\n"},
        {NameFile::access, "- : ALL EXCEPT alice : ALL", "- : ALL EXCEPT alice : ALL\n"},
        {NameFile::access, "+ : ALL EXCEPT alice : ALL", "+ : ALL EXCEPT alice : ALL\n"},
        {NameFile::access, "# alice", "# alice\n", false},
        {NameFile::sudoers, "alice ALL=(ALL) ALL", ""},
        {NameFile::sudoers, "  alice\tweb = NOPASSWD: /bin/ls", ""},
        {NameFile::sudoers, "alice ALL=(ALL) NOPASSWD: ALL, NOEXEC: /bin/vi, CWD=/tmp /usr/X11/bin/x", ""},
        {NameFile::sudoers, "alice ALL=(ALL) !ALL", "alice ALL=(ALL) !ALL\n"},
        {NameFile::sudoers, "alice ALL=(ALL) ALL, ! /bin/sh", "alice ALL=(ALL) ALL, ! /bin/sh\n"},
        {NameFile::sudoers, "alice ALL=(ALL) NOTHING", "alice ALL=(ALL) NOTHING\n"},
        {NameFile::sudoers, "alice ALL=(ALL) NOPASSWD:SAFE", "alice ALL=(ALL) NOPASSWD:SAFE\n"},
        {NameFile::sudoers, "alice, bob ALL=(ALL) ALL", "alice, bob ALL=(ALL) ALL\n"},
        {NameFile::sudoers, "ALL, !alice ALL=(ALL) ALL", "ALL, !alice ALL=(ALL) ALL\n"},
        {NameFile::sudoers, "User_Alias OPS = alice, bob", "User_Alias OPS = alice, bob\n"},
        {NameFile::sudoers, "bob ALL=(alice) ALL", "bob ALL=(alice) ALL\n"},
        {NameFile::sudoers, "alice-admin ALL=(ALL) ALL", "alice-admin ALL=(ALL) ALL\n", false},
        {NameFile::sudoers, "# alice ALL=(ALL) ALL", "# alice ALL=(ALL) ALL\n", false},
        {NameFile::sudoers, "alice = x", "alice = x\n"},
    };
    for (const Case& one : cases) {
        const std::string text = "first\n" + one.line + "\n";
        BOOST_TEST((find_name(one.form, text, "alice").size() == (one.found ? 1U : 0U)), one.line);
        BOOST_TEST(without_name(one.form, text, "alice") == "first\n" + one.rest, one.line);
    }
}

BOOST_AUTO_TEST_CASE(a_rule_over_several_lines_is_left_to_a_person) {
    const std::string text = "alice ALL = /bin/ls, \\\n  /bin/cat\nbob ALL = \\\nalice ALL\n";
    const auto found = find_name(NameFile::sudoers, text, "alice");
    BOOST_REQUIRE(found.size() == 2U);
    BOOST_TEST(found[1].line == 4U);
    BOOST_TEST(without_name(NameFile::sudoers, text, "alice") == text);
}

BOOST_AUTO_TEST_CASE(every_other_byte_stays) {
    const std::string text = "a:x:1:b\r\n\n\xFF:::\nsudo:x:27:alice";
    BOOST_TEST(without_name(NameFile::group, text, "alice") == "a:x:1:b\r\n\n\xFF:::\nsudo:x:27:");
    BOOST_TEST(without_name(NameFile::group, text, "") == text);
    BOOST_TEST(without_name(NameFile::group, "", "alice").empty());
}

BOOST_AUTO_TEST_SUITE_END()
