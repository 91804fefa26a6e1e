// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/blocklist.h"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <fstream>

#include "tests/unit/store/support.h"

using namespace userd;
using namespace userd::test;

namespace {

struct Fixture {
    TemporaryFolder folder;
    std::string path = folder / "list";

    void write(std::string_view text) const {
        std::ofstream(path) << text;
        BOOST_TEST(chmod(path.c_str(), 0644) == 0);
    }
    auto open() const { return Blocklist::open(path, geteuid()); }
};

bool holds(const Blocklist& list, std::string_view password) {
    return must(list.holds(Secret(password)));
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(blocklist, Fixture)

BOOST_AUTO_TEST_CASE(a_line_is_found_whatever_the_case_and_nothing_else) {
    write(
        "Password1234567\r\ncorrecthorsebattery\nb\xC3\xA4renfell\nshort\nwith blanks \nlast without an end");
    const auto list = must(open());
    for (const auto* bad : {"CorrectHorseBattery", "password1234567", "with blanks ", "LAST without an end",
                            "ba\xCC\x88renfell"})
        BOOST_TEST(holds(*list, bad), bad);
    for (const auto* good : {"correcthorsebattery9", "correcthorsebatter", "with blanks", "", "short"})
        BOOST_TEST(!holds(*list, good), good);
}

BOOST_AUTO_TEST_CASE(a_list_that_others_could_write_or_that_is_no_file_is_refused) {
    write("correcthorsebattery\n");
    BOOST_TEST(chmod(path.c_str(), 0664) == 0);
    BOOST_TEST((open().error().code == Errc::denied));
    BOOST_TEST(chmod(path.c_str(), 0646) == 0);
    BOOST_TEST((open().error().code == Errc::denied));
    BOOST_TEST(chmod(path.c_str(), 0644) == 0);
    if (geteuid() == 0) {
        BOOST_TEST(chown(path.c_str(), 12345, 0) == 0);
        BOOST_TEST((Blocklist::open(path).error().code == Errc::denied));
    } else {
        BOOST_TEST((Blocklist::open(path).error().code == Errc::denied));
    }
    BOOST_TEST((Blocklist::open(folder / ".", geteuid()).error().code == Errc::denied));
    BOOST_TEST((Blocklist::open(folder / "none", geteuid()).error().code == Errc::unavailable));
    BOOST_TEST(mkfifo((folder / "pipe").c_str(), 0600) == 0);
    BOOST_TEST((Blocklist::open(folder / "pipe", geteuid()).error().code == Errc::denied));
}

BOOST_AUTO_TEST_CASE(a_list_stays_what_it_was_when_it_was_read) {
    write("correcthorsebattery\n");
    const auto list = must(open());
    must(list->read());
    write("thundercatsarego\n");
    BOOST_TEST(holds(*list, "correcthorsebattery"));
    BOOST_TEST(!holds(*list, "thundercatsarego"));
}

BOOST_AUTO_TEST_CASE(lines_longer_than_any_password_are_left_out) {
    const std::string longest(1024, 'x'), longer(1025, 'y');
    const auto list = Blocklist::of_text(longest + "\r\n" + longer + "\nafter all that\n", 7);
    BOOST_TEST(holds(*list, longest));
    BOOST_TEST(!holds(*list, longer));
    BOOST_TEST(holds(*list, "after all that"));
}

BOOST_AUTO_TEST_CASE(of_a_hundred_thousand_each_is_found) {
    std::string text;
    for (int i = 0; i < 100'000; ++i) text += fmt::format("password{}\n", i);
    write(text);
    const auto list = must(open());
    int found = 0, mistaken = 0;
    for (int i = 0; i < 100'000; i += 7) {
        found += holds(*list, fmt::format("password{}", i));
        mistaken += holds(*list, fmt::format("passwort{}", i));
    }
    BOOST_TEST(found == 100'000 / 7 + 1);
    BOOST_TEST(mistaken <= 1);
}

BOOST_AUTO_TEST_CASE(a_list_that_is_too_long_refuses_every_question) {
    const auto list = Blocklist::of_text("12345678\nshort\n23456789\n34567890\n", 65536, 2);
    BOOST_TEST((list->read().error().code == Errc::limits));
    BOOST_TEST((list->holds(Secret("anything")).error().code == Errc::limits));
}

BOOST_AUTO_TEST_SUITE_END()
