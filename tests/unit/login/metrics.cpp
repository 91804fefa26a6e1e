// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/metrics.h"

#include <boost/test/unit_test.hpp>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "tests/unit/store/support.h"

using namespace userd;
using namespace userd::test;

namespace {

Measurements some() {
    Measurements now;
    now.version = "1.2.3";
    now.users = 7;
    now.generation = 12;
    now.hashes_done = 4;
    now.hash_time = std::chrono::milliseconds(1500);
    now.locked_accounts = 5;
    now.stopped_accounts = 2;
    now.last_backup = from_unix(1'800'000'000);
    Measurements::Server corp;
    corp.name = "corp";
    corp.users = 1204;
    corp.held = 12;
    corp.stale = std::chrono::milliseconds(90'500);
    now.servers = {corp, {}};
    now.servers[1].name = "lab";
    now.servers[1].is_up = true;
    now.servers[1].synced_at = from_unix(1'800'000'000);
    now.attempts = {{{"login", Reason::none}, 3}, {{"login", Reason::bad_password}, 2}};
    return now;
}

// As strict as OpenMetrics 1.0: families with a type, samples of the family above them, each once, then #
// EOF.
void check(const std::string& text) {
    BOOST_REQUIRE(text.ends_with("\n# EOF\n"));
    const std::regex meta(R"(# (TYPE|HELP) ([a-z_]+) (.+))");
    const std::regex sample(R"(([a-z_]+)(\{[a-z]+="[^"\\]*"(,[a-z]+="[^"\\]*")*\})? (-?[0-9]+(\.[0-9]+)?))");
    const std::map<std::string, std::set<std::string>> ends{
        {"gauge", {""}}, {"counter", {"_total"}}, {"summary", {"_count", "_sum"}}};
    std::set<std::string> families, samples;
    std::string family, type;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line) && line != "# EOF";) {
        std::smatch found;
        if (std::regex_match(line, found, meta)) {
            if (found[1] == "TYPE") {
                family = found[2], type = found[3];
                BOOST_TEST(families.insert(family).second, line);
                BOOST_TEST(ends.contains(type), line);
            }
            BOOST_TEST(found[2] == family, line);
            continue;
        }
        BOOST_REQUIRE_MESSAGE(std::regex_match(line, found, sample), line);
        BOOST_REQUIRE_MESSAGE(found[1].str().starts_with(family), line);
        BOOST_TEST(ends.at(type).contains(found[1].str().substr(family.size())), line);
        BOOST_TEST(samples.insert(found[1].str() + found[2].str()).second, line);
        BOOST_TEST(family.starts_with("userd_"), line);
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(metrics)

BOOST_AUTO_TEST_CASE(the_page_is_open_metrics) {
    check(open_metrics(some()));
    check(open_metrics({}));
}

BOOST_AUTO_TEST_CASE(what_was_counted_stands_there) {
    const auto text = open_metrics(some());
    for (const char* line :
         {"userd_users 7\n", "userd_changes_total 12\n", "userd_hash_seconds_sum 1.5\n",
          "userd_locked_accounts 5\n", "userd_stopped_accounts 2\n",
          "userd_login_attempts_total{action=\"login\",reason=\"bad-password\"} 2\n",
          "userd_login_attempts_total{action=\"login\",reason=\"ok\"} 3\n",
          "userd_ldap_up{source=\"corp\"} 0\n", "userd_ldap_up{source=\"lab\"} 1\n",
          "userd_ldap_users{source=\"corp\"} 1204\n", "userd_ldap_stale_seconds{source=\"corp\"} 90\n",
          "userd_ldap_held_removals{source=\"corp\"} 12\n",
          "userd_ldap_sync_time_seconds{source=\"lab\"} 1800000000\n",
          "userd_last_backup_time_seconds 1800000000\n"})
        BOOST_TEST(text.find(line) != std::string::npos, line);
}

BOOST_AUTO_TEST_CASE(the_file_is_replaced_as_a_whole_and_everybody_may_read_it) {
    const TemporaryFolder folder;
    const auto path = folder / "userd.prom";
    must(write_metrics(path, "one\n"));
    must(write_metrics(path, open_metrics(some())));
    const auto mode = std::filesystem::status(path).permissions();
    BOOST_TEST(((mode & std::filesystem::perms::others_read) != std::filesystem::perms::none));
    BOOST_TEST(std::filesystem::file_size(path) == open_metrics(some()).size());
    BOOST_TEST(!std::filesystem::exists(path + ".new"));
    BOOST_TEST(!write_metrics(folder / "none/userd.prom", "x"));
}

BOOST_AUTO_TEST_SUITE_END()
