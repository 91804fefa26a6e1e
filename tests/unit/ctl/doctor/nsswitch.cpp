// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/doctor/nsswitch.h"

#include "tests/unit/ctl/doctor/support.h"

using namespace userd::ctl;

namespace {

std::string passwd(const std::string& sources) {
    return said(judge_nss_line(parse_nsswitch("passwd: " + sources + "\n"), "passwd"));
}

// What the remedy makes of the line.
std::string mended(const std::string& sources) {
    const std::string remedy = judge_nss_line(parse_nsswitch("passwd: " + sources + "\n"), "passwd").remedy;
    const std::size_t start = remedy.find(".*/") + 3;
    return remedy.substr(start, remedy.find("/' /etc") - start);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(doctor_nsswitch)

BOOST_AUTO_TEST_CASE(lines_are_read_as_glibc_reads_them) {
    const NssSwitch file = parse_nsswitch(
        "# a remark: x\n\n passwd :files[NOTFOUND=return  !unavail=Continue]userd # behind\ngroup:\n"
        "group:\tfiles [ SUCCESS=merge ] systemd\nnonsense\n: alone\n");
    BOOST_REQUIRE(file.contains("passwd"));
    const auto& sources = file.find("passwd")->second;
    BOOST_REQUIRE(sources.size() == 2U);
    BOOST_TEST(sources[0].name == "files");
    BOOST_TEST(sources[0].actions[0] == "NOTFOUND=return");
    BOOST_TEST(sources[0].actions[1] == "!UNAVAIL=continue");
    BOOST_TEST(sources[1].name == "userd");
    BOOST_TEST(file.find("group")->second[0].actions[0] == "SUCCESS=merge");
    BOOST_TEST(file.size() == 2U);
}

BOOST_AUTO_TEST_CASE(userd_comes_right_behind_the_files) {
    for (const char* good :
         {"files userd [UNAVAIL=return] systemd", "files userd [UNAVAIL=return]",
          "files [SUCCESS=merge] userd [UNAVAIL=return] sss", "compat userd [unavail=RETURN]",
          "files userd [NOTFOUND=continue UNAVAIL=return] ldap"})
        BOOST_TEST(passwd(good) == "right", good);
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_a_line_is_named) {
    const std::string file = "/etc/nsswitch.conf: passwd ";
    const struct {
        const char *line, *what;
    } table[] = {
        {"files systemd", "is not looked up in userd"},
        {"files [NOTFOUND=return] userd [UNAVAIL=return]", "ends before userd is asked"},
        {"files [!SUCCESS=return] userd [UNAVAIL=return]", "ends before userd is asked"},
        {"files sss userd [UNAVAIL=return]", "is looked up in sss before userd"},
        {"sss files userd [UNAVAIL=return]", "is looked up in sss before userd"},
        {"userd [UNAVAIL=return] files", "is looked up in userd before files"},
        {"files userd systemd", "goes on where userd is unavailable, as if there were no such name"},
    };
    for (const auto& [line, what] : table)
        BOOST_TEST(passwd(line).starts_with(file + what + " | sed "), line);
    BOOST_TEST(said(judge_nss_line(parse_nsswitch(""), "group")) ==
               "/etc/nsswitch.conf has no line for group | echo 'group: files userd [UNAVAIL=return]' "
               ">>/etc/nsswitch.conf");
}

BOOST_AUTO_TEST_CASE(the_remedy_leaves_all_others_where_they_were) {
    BOOST_TEST(mended("files systemd") == "passwd: files userd [UNAVAIL=return] systemd");
    BOOST_TEST(mended("sss files [NOTFOUND=return SUCCESS=merge] systemd") ==
               "passwd: files [SUCCESS=merge] userd [UNAVAIL=return] sss systemd");
    BOOST_TEST(mended("userd files") == "passwd: files userd [UNAVAIL=return]");
    for (const char* line : {"files systemd", "sss files [NOTFOUND=return] userd", "userd", "compat ldap"})
        BOOST_TEST(said(judge_nss_line(parse_nsswitch(mended(line)), "passwd")) == "right", line);
    // A line that sed's own signs stand in is not handed to a shell.
    BOOST_TEST(passwd("files a/b'c") ==
               "/etc/nsswitch.conf: passwd is not looked up in userd | in "
               "/etc/nsswitch.conf: passwd: files userd [UNAVAIL=return] a/b'c");
}

BOOST_AUTO_TEST_CASE(a_line_for_initgroups_has_userd_or_is_not_there) {
    BOOST_TEST(said(judge_initgroups(parse_nsswitch("group: files userd\n"))) == "right");
    BOOST_TEST(said(judge_initgroups(parse_nsswitch("initgroups: files userd\n"))) == "right");
    BOOST_TEST(said(judge_initgroups(parse_nsswitch("initgroups: files sss\n")))
                   .ends_with("| sed -i '/^[[:space:]]*initgroups[[:space:]]*:/d' /etc/nsswitch.conf"));
}

BOOST_AUTO_TEST_SUITE_END()
