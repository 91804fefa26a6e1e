// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/homes/homes_yaml.h"

#include <boost/test/unit_test.hpp>

using namespace userd;
using namespace userd::homes;

namespace {

const std::string shipped =
    "ids: [70000-99999]\nroots: [/home, /srv/sftp]\nscan: [/home, /srv, /var/mail]\nadopt: no\n";

std::string why(std::string_view text) {
    const auto limits = parse_limits(text, "homes.yaml");
    return limits ? "" : limits.error().message;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(homes_yaml)

BOOST_AUTO_TEST_CASE(the_shipped_limits_are_read) {
    const auto limits = parse_limits(shipped, "homes.yaml");
    BOOST_REQUIRE(limits.has_value());
    BOOST_TEST(limits->roots.size() == 2U);
    BOOST_TEST(limits->scan.size() == 3U);
    BOOST_TEST(!limits->adopt);
    BOOST_TEST(limits->allows(70000));
    BOOST_TEST(limits->allows(99999));
    for (const std::uint32_t id : {0U, 999U, 1000U, 69999U, 100000U, 65534U, 0xFFFFFFFFU})
        BOOST_TEST(!limits->allows(id));
}

BOOST_AUTO_TEST_CASE(a_limit_is_never_guessed) {
    BOOST_TEST(why("").find("table of keys") != std::string::npos);
    BOOST_TEST(why("ids: [70000-99999]\nroots: /home\nscan: /home\n").find("adopt is missing") !=
               std::string::npos);
    BOOST_TEST(why(shipped + "adpot: yes\n").find("unknown key") != std::string::npos);
    BOOST_TEST(why(shipped + "adopt: yes\n") != "");  // twice
    BOOST_TEST(why("ids: [70000-99999]\nroots: /home\nscan: /home\nadopt: perhaps\n") != "");
}

BOOST_AUTO_TEST_CASE(ids_of_the_system_and_crooked_paths_are_refused) {
    const auto with_ids = [](const std::string& ids) {
        return why("ids: " + ids + "\nroots: /home\nscan: /home\nadopt: no\n");
    };
    for (const char* ids : {"[0-70000]", "[500]", "[60000-62000]", "[65534]", "[70000-4294967295]", "[x]"})
        BOOST_TEST(with_ids(ids) != "", ids);
    BOOST_TEST(with_ids("70000-80000") == "");
    for (const char* path : {"home", "/", "''", "/home/", "/home//x", "/home/../etc", "/./home", "[[/home]]"})
        BOOST_TEST(why(std::string("ids: 70000\nroots: ") + path + "\nscan: /home\nadopt: no\n") != "", path);
}

BOOST_AUTO_TEST_SUITE_END()
