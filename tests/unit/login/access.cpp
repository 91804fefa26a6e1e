// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/access.h"

#include <boost/test/unit_test.hpp>

using namespace userd;

namespace {

constexpr LocalTime monday_noon{0, 12 * 60}, sunday_noon{6, 12 * 60};

const char* const doors = R"(
login:
  access:
    - {service: sshd, allow: {roles: [admin]}}
    - {service: sshd, allow: {groups: [ssh-users], users: [carol]}, hours: "Mo-Fr 07:00-20:00"}
    - {service: sshd, network: 10.0.0.0/8, allow: {groups: [web]}}
    - {service: login}
)";

struct Doors {
    Config config = *parse_config(doors, "test.yaml").config;
    Person who;

    std::string at(const char* service, const char* rhost = "192.0.2.1", LocalTime now = monday_noon,
                   bool by_root = false) {
        return std::string(
            to_text(access_of(config, {service, parse_address(rhost), by_root}, who, now).reason));
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(access_lines, Doors)

BOOST_AUTO_TEST_CASE(without_lines_everyone_may) {
    config.access.clear();
    BOOST_TEST(at("sshd") == "");
}

BOOST_AUTO_TEST_CASE(who_is_in_no_line_for_the_service_may_not) {
    who.name = "dave";
    BOOST_TEST(at("sshd") == "not-allowed");
    BOOST_TEST(at("login") == "");  // a line without allow lets in everyone
    BOOST_TEST(at("sudo") == "");   // no line speaks of it
}

BOOST_AUTO_TEST_CASE(a_name_a_group_or_a_role_is_enough) {
    who.name = "carol";
    BOOST_TEST(at("sshd") == "");
    who = {};
    who.groups = {"ssh-users"};
    BOOST_TEST(at("sshd") == "");
    who = {};
    who.roles = {"admin"};
    BOOST_TEST(at("sshd", "192.0.2.1", sunday_noon) == "");
}

BOOST_AUTO_TEST_CASE(the_first_line_that_matches_decides_by_its_hours) {
    who.groups = {"ssh-users", "web"};
    BOOST_TEST(at("sshd", "10.1.2.3", sunday_noon) == "outside-hours");  // the line for web is behind it
    BOOST_TEST((access_of(config, {"sshd", {}, false}, who, sunday_noon).line == &config.access[1]));
    who.roles = {"admin"};
    BOOST_TEST(at("sshd", "10.1.2.3", sunday_noon) == "");
}

BOOST_AUTO_TEST_CASE(from_elsewhere_a_line_lets_nobody_in) {
    who.groups = {"web"};
    BOOST_TEST(at("sshd", "10.1.2.3") == "");
    BOOST_TEST(at("sshd", "192.0.2.1") == "not-allowed");
    BOOST_TEST(at("sshd", "") == "not-allowed");  // a host that gives no address
}

BOOST_AUTO_TEST_CASE(where_nobody_can_be_asked_only_lines_by_name_speak) {
    config = *parse_config("login: {access: [{allow: {users: [nobody]}}]}", "test.yaml").config;
    for (const char* service : {"cron", "atd", "systemd-user", "runuser", "runuser-l"})
        BOOST_TEST(at(service) == "", service);
    BOOST_TEST(at("su", "", monday_noon, true) == "");
    BOOST_TEST(at("su", "", monday_noon, false) == "not-allowed");
    BOOST_TEST(at("sudo") == "not-allowed");
    config = *parse_config("login: {access: [{service: [cron, runuser, su], allow: {users: [nobody]}}]}",
                           "test.yaml")
                  .config;
    BOOST_TEST(at("cron") == "not-allowed");
    BOOST_TEST(at("runuser") == "");
    BOOST_TEST(at("su", "", monday_noon, true) == "");
}

BOOST_AUTO_TEST_CASE(without_a_time_hours_do_not_count) {
    who.groups = {"ssh-users"};
    BOOST_TEST((access_of(config, {"sshd", {}, false}, who, {}).reason == Reason::none));
}

BOOST_AUTO_TEST_SUITE_END()
