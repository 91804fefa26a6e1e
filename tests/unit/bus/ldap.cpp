// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bus/ldap.h"

#include "tests/unit/bus/house.h"

using namespace userd;
using namespace userd::bus;

namespace {

struct Served : House {
    Served() { sources = {{{"name", "corp"}, {"state", "following"}}, {{"name", "lab"}, {"state", "away"}}}; }

    BusMessage ask(Caller& caller, const char* member, const Caller::Fill& fill) {
        return caller.call(manager_path, ldap_interface, member, fill);
    }
};

constexpr std::uint64_t no_flags = 0, dry_run = 1;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(ldap, Served)

BOOST_AUTO_TEST_CASE(everybody_sees_how_the_servers_are) {
    Caller stranger(*this, 4711);
    const auto answer = ask(stranger, "Status", [](auto*) { return 0; });
    BOOST_REQUIRE_MESSAGE(error_name(answer).empty(), error_text(answer));
    int rows = 0;
    BOOST_REQUIRE(sd_bus_message_enter_container(answer.get(), 'a', "a{sv}") > 0);
    while (sd_bus_message_skip(answer.get(), "a{sv}") > 0) ++rows;
    BOOST_TEST(rows == 2);
}

BOOST_AUTO_TEST_CASE(what_is_asked_reaches_the_server_it_is_about) {
    Caller root(*this, 0);
    const auto sync = [](const char* source, bool full, std::uint64_t flags) {
        return
            [=](auto* to) { return sd_bus_message_append(to, "sbt", source, static_cast<int>(full), flags); };
    };
    for (const auto& answer :
         {ask(root, "Sync", sync("corp", false, no_flags)), ask(root, "Sync", sync("lab", true, no_flags)),
          ask(root, "Sync", sync("lab", true, dry_run)),
          ask(root, "Test", [](auto* to) { return sd_bus_message_append(to, "ss", "corp", "alice"); }),
          ask(root, "Confirm",
              [](auto* to) { return sd_bus_message_append(to, "stt", "corp", std::uint64_t{12}, no_flags); }),
          ask(root, "Confirm",
              [](auto* to) { return sd_bus_message_append(to, "stt", "corp", std::uint64_t{12}, dry_run); })})
        BOOST_TEST(error_name(answer) == "", error_text(answer));
    const std::vector<std::string> expected{"sync corp", "sync lab whole", "test corp alice",
                                            "root confirms 12 of corp", "root confirms 12 of corp, trying"};
    BOOST_TEST(asked == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(another_name_is_refused_with_one_that_is_near) {
    Caller root(*this, 0);
    const auto answer = ask(root, "Quarantine", [](auto* to) {
        return sd_bus_message_append(to, "stt", "crop", std::uint64_t{0}, std::uint64_t{10});
    });
    BOOST_TEST(error_name(answer) == "org.freedesktop.DBus.Error.InvalidArgs");
    BOOST_TEST(error_text(answer).find("there is no directory server crop") != std::string::npos);
    BOOST_TEST(error_text(answer).find("hint: corp") != std::string::npos);
    BOOST_TEST(asked.empty());
}

BOOST_AUTO_TEST_CASE(who_may_not_asks_for_nothing) {
    Caller stranger(*this, 4711);
    for (const auto& answer :
         {ask(stranger, "Sync",
              [](auto* to) { return sd_bus_message_append(to, "sbt", "corp", 0, no_flags); }),
          ask(stranger, "Test", [](auto* to) { return sd_bus_message_append(to, "ss", "corp", ""); }),
          ask(stranger, "Confirm",
              [](auto* to) { return sd_bus_message_append(to, "stt", "corp", std::uint64_t{1}, no_flags); })})
        BOOST_TEST(error_name(answer) == "org.freedesktop.DBus.Error.AccessDenied");
    BOOST_TEST(asked.empty());
}

BOOST_AUTO_TEST_CASE(status_tells_of_what_an_admin_has_to_know_and_of_nothing_else) {
    BOOST_TEST(ldap_problem({}) == "");
    BOOST_TEST(ldap_problem({{{"name", "corp"}, {"state", "following"}},
                             {{"name", "lab"}, {"state", "polling"}}}) == "");
    BOOST_TEST(ldap_problem({{{"name", "corp"},
                              {"state", "refreshing"},
                              {"stale_since", std::int64_t{1'800'000'000}}}}) == "");
    BOOST_TEST(ldap_problem({{{"name", "corp"},
                              {"state", "failed"},
                              {"problem", "connection refused"},
                              {"stale_since", std::int64_t{1'800'000'000}}},
                             {{"name", "lab"}, {"state", "following"}, {"held", std::int64_t{12}}}}) ==
               "corp: connection refused, stale since 2027-01-15T08:00:00Z; "
               "12 removals of lab wait for an admin");
    BOOST_TEST(ldap_problem({{{"name", "corp"}, {"state", "away"}}}) == "corp: userd-ldap does not run");
}

BOOST_AUTO_TEST_SUITE_END()
