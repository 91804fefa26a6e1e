// SPDX-License-Identifier: LGPL-2.1-or-later
// The smaller rules of the doctor: each with what is right and each way of being wrong.
#include "ctl/doctor/clock_rules.h"
#include "ctl/doctor/ldap_rules.h"
#include "ctl/doctor/local_groups.h"
#include "ctl/doctor/mode_rules.h"
#include "ctl/doctor/nscd_conf.h"
#include "ctl/doctor/sshd_lines.h"
#include "ctl/ssh/methods.h"
#include "daemon/config/scalars.h"
#include "tests/unit/ctl/doctor/support.h"

using namespace userd;
using namespace userd::ctl;

namespace {

constexpr uid_t alice_uid = 70001, other_uid = 70002;
const ShownUser alice{"alice", "/home/alice", alice_uid};

struct stat file_of(mode_t mode, uid_t owner = alice_uid) {
    struct stat file {};
    file.st_mode = mode;
    file.st_uid = owner;
    return file;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(doctor_host_files)

BOOST_AUTO_TEST_CASE(words_are_quoted_where_a_shell_would_read_them) {
    BOOST_TEST(shell_word("/home/alice") == "/home/alice");
    BOOST_TEST(shell_word("/home/a b") == "'/home/a b'");
    BOOST_TEST(shell_word("a';rm -rf /") == "'a'\\'';rm -rf /'");
    BOOST_TEST(shell_word("") == "''");
    BOOST_TEST(shell_word("~alice") == "'~alice'");
}

BOOST_AUTO_TEST_CASE(local_groups_stand_in_both_files_with_one_number) {
    const std::string groups = "root:x:0:\nsudo:x:27:bob\nadm:x:4:\n";
    const auto judged = [&](const char* list) {
        return said(judge_local_groups({"sudo", "adm"}, list, groups));
    };
    BOOST_TEST(judged("# theirs\nsudo:27\nadm:4\n") == "right");
    BOOST_TEST(judged("sudo:27\n").ends_with("| echo adm:4 >>/etc/userd/local-groups"));
    BOOST_TEST(judged("sudo:28\nadm:4\n") ==
               "/etc/userd/local-groups has sudo as 28, /etc/group as 27 | sed -i 's/^sudo:.*/sudo:27/' "
               "/etc/userd/local-groups");
    BOOST_TEST(
        said(judge_local_groups({"desk"}, "desk:9\n", groups)).starts_with("userd.yaml's local_groups name"));
}

BOOST_AUTO_TEST_CASE(nscd_keeps_what_its_file_does_not_rule_out) {
    BOOST_TEST(caches_accounts(""));
    BOOST_TEST(caches_accounts("enable-cache passwd no\n"));
    BOOST_TEST(caches_accounts("\tenable-cache\tpasswd\tno\n# enable-cache group no\n"));
    BOOST_TEST(
        !caches_accounts(" enable-cache\tpasswd no\nenable-cache group no # x\nenable-cache hosts yes\n"));
}

BOOST_AUTO_TEST_CASE(lines_of_sshd_that_say_otherwise_are_found) {
    const auto found = [](const char* text) { return has_other_value(text, "UsePAM", "yes"); };
    BOOST_TEST(found("usepam no\n"));
    BOOST_TEST(found("  UsePAM=no\n"));
    BOOST_TEST(found("UsePAM yes\nMatch User bob\n\tUsePAM\tno"));
    BOOST_TEST(!found("UsePAM yes\n#UsePAM no\nUsePAMx no\nUsePAM\n"));
}

BOOST_AUTO_TEST_CASE(what_sshd_shows_is_read_by_keyword) {
    const SshSettings settings =
        parse_ssh_settings("port 22\nusepam yes\nallowusers a\nallowusers b c\nnothing\nbanner none\n");
    BOOST_TEST(settings.find("usepam")->second == "yes");
    BOOST_TEST(settings.find("allowusers")->second == "a\nb c");
    BOOST_TEST(!settings.contains("nothing"));
}

BOOST_AUTO_TEST_CASE(the_line_of_login_rules_for_a_user_is_the_first_that_speaks_of_them) {
    const std::vector<SshLine> lines = {{{}, {"web"}, {}, "web"},
                                        {{"alice"}, {}, {}, "alice"},
                                        {{}, {}, {*parse_network("10.0.0.0/8")}, "near"},
                                        {{}, {}, {}, "all"}};
    const Network far = *parse_network("192.0.2.1"), near = *parse_network("10.1.2.3");
    const std::vector<std::string> groups = {"users", "web"};
    BOOST_TEST(ssh_line_for(lines, far, "alice", {}).methods == "alice");
    BOOST_TEST(ssh_line_for(lines, far, "alice", groups).methods == "web");
    BOOST_TEST(ssh_line_for(lines, far, "", {}).methods == "all");
    BOOST_TEST(ssh_line_for(lines, near, "bob", {}).methods == "near");
}

BOOST_AUTO_TEST_CASE(a_clock_is_kept_and_does_not_fall) {
    constexpr std::int64_t now = 1'800'000'000;
    BOOST_TEST(said(judge_clock({now, now - 10, true, true})) == "right");
    BOOST_TEST(said(judge_clock({now, now + 60, true, true})) == "right");  // set right by a minute
    BOOST_TEST(said(judge_clock({now, now + 3600, true, true})) ==
               "the clock was set back: the last change of the directory lies 60 minutes ahead | timedatectl "
               "set-ntp true");
    BOOST_TEST(said(judge_clock({now, 0, false, true})).ends_with("| timedatectl set-ntp true"));
    BOOST_TEST(said(judge_clock({now, 0, false, false})).starts_with("not checked"));
    BOOST_TEST(said(judge_clock({now, now + 3600, false, false})).starts_with("the clock was set back"));
}

BOOST_AUTO_TEST_CASE(a_home_is_its_users_alone) {
    BOOST_TEST(said(judge_home(alice, file_of(S_IFDIR | 0700), false)) == "");
    BOOST_TEST(said(judge_home(alice, file_of(S_IFDIR | 0755), false)) == "");
    BOOST_TEST(said(judge_home(alice, file_of(S_IFDIR | 0775), false)).ends_with("| chmod go-w /home/alice"));
    BOOST_TEST(said(judge_home(alice, file_of(S_IFDIR | 0702), false)).ends_with("| chmod go-w /home/alice"));
    BOOST_TEST(said(judge_home(alice, file_of(S_IFDIR | 0700, other_uid), false)) ==
               "alice: /home/alice belongs to uid 70002 | chown -h alice: /home/alice");
    BOOST_TEST(said(judge_home(alice, file_of(S_IFDIR | 0755, 0), false)).find("uid 0") != std::string::npos);
    BOOST_TEST(said(judge_home(alice, file_of(S_IFDIR | 0755, 0), true)) == "");  // of the kind sftp
    BOOST_TEST(said(judge_home(alice, file_of(S_IFREG | 0600), false)).find("is no folder") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_sshd_reads_in_a_home_is_its_users_alone) {
    const std::string path = "/home/alice/.ssh";
    const auto judged = [&](struct stat file) { return said(judge_ssh_file(alice, path, file)); };
    BOOST_TEST(judged(file_of(S_IFDIR | 0700)) == "");
    BOOST_TEST(judged(file_of(S_IFDIR | 0700, 0)) == "");
    BOOST_TEST(judged(file_of(S_IFLNK | 0777)) == "");  // where it leads is not looked at
    BOOST_TEST(judged(file_of(S_IFDIR | 0700, other_uid)).ends_with("| chown -h alice: /home/alice/.ssh"));
    BOOST_TEST(judged(file_of(S_IFDIR | 0770, 0)).ends_with("| chmod go-w /home/alice/.ssh"));
    // With the user's own rights: a link put there meanwhile leads root nowhere.
    BOOST_TEST(judged(file_of(S_IFDIR | 0770))
                   .ends_with("| setpriv --reuid alice --clear-groups chmod go-w /home/alice/.ssh"));
}

BOOST_AUTO_TEST_CASE(a_directory_server_is_right_when_it_is_followed_and_nothing_waits) {
    const auto told = [](const Fields& server) {
        const auto diagnosis = judge_server(server);
        return diagnosis.text + (diagnosis.remedy.empty() ? "" : " → " + diagnosis.remedy);
    };
    const std::int64_t then = 1'800'000'000;
    BOOST_TEST(told({{"name", "corp"},
                     {"state", "following"},
                     {"user_count", std::int64_t{7}},
                     {"synced_at", then}}) == "corp: following, 7 users");
    BOOST_TEST(told({{"name", "corp"}, {"state", "connecting"}}) ==
               "corp: nothing was synchronised yet (connecting) → userctl ldap test corp");
    BOOST_TEST(told({{"name", "corp"},
                     {"state", "failed"},
                     {"problem", "no route"},
                     {"synced_at", then},
                     {"stale_since", then}}) ==
               "corp: no route, stale since 2027-01-15T08:00:00Z → userctl ldap test corp");
    BOOST_TEST(
        told({{"name", "corp"}, {"state", "following"}, {"held", std::int64_t{12}}, {"synced_at", then}}) ==
        "corp: 12 removals wait for an admin → userctl ldap confirm corp --removals 12, if that is right");
    BOOST_TEST((judge_server({{"name", "corp"}, {"state", "away"}}).state == Diagnosis::State::unknown));
}

BOOST_AUTO_TEST_CASE(the_password_of_the_bind_is_roots_alone) {
    const auto state = [](const struct stat* file) {
        return judge_credential("corp", "/etc/credstore/userd.ldap.corp", file).state;
    };
    const auto good = file_of(S_IFREG | 0600, 0), open = file_of(S_IFREG | 0640, 0),
               others = file_of(S_IFREG | 0600, other_uid), folder = file_of(S_IFDIR | 0700, 0);
    BOOST_TEST((state(&good) == Diagnosis::State::right));
    for (const auto* file : {&open, &others, &folder, static_cast<const struct stat*>(nullptr)})
        BOOST_TEST((state(file) == Diagnosis::State::wrong));
}

BOOST_AUTO_TEST_SUITE_END()
