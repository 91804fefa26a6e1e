// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/homes/account_lines.h"

#include <boost/test/unit_test.hpp>

using namespace userd;
using namespace userd::homes;

namespace {

const AccountFiles host{
    "root:x:0:0:root:/root:/bin/bash\n"
    "games:x:5:60:games:/usr/games:/usr/sbin/nologin\n"
    "alice:x:1001:1001:Alice Example,,,:/home/alice:/bin/bash\n"
    "bob:x:1002:1002::/home/bob:/bin/sh\n"
    "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
    "root:*:19000:0:99999:7:::\n"
    "games:*:19000:0:99999:7:::\n"
    "alice:$y$j9T$salt$hash:19700:0:99999:7::20700:\n"
    "bob:!$6$salt$hash:19000:0:99999:7:::\n",
    "root:x:0:\nsudo:x:27:carol,alice\ncdrom:x:24:alice\nalice:x:1001:\nbob:x:1002:\n",
    "root:*::\nsudo:*::carol,alice\ncdrom:*::alice\nalice:!::\nbob:!::\n"};

AccountFiles with(std::string AccountFiles::*file, std::string_view from, std::string_view to) {
    auto files = host;
    auto& text = files.*file;
    const auto at = text.find(from);
    BOOST_REQUIRE_MESSAGE(at != std::string::npos, from);
    text.replace(at, from.size(), to);
    return files;
}

std::string why_not(const AccountFiles& files, std::string_view name = "alice") {
    const auto account = read_account(files, name);
    return account ? "" : account.error().message;
}

std::string whole(const AccountFiles& files) {
    return files.passwd + "|" + files.shadow + "|" + files.group + "|" + files.gshadow;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(account_lines)

BOOST_AUTO_TEST_CASE(an_account_is_read_with_its_hash_and_its_groups) {
    const auto alice = read_account(host, "alice");
    BOOST_REQUIRE_MESSAGE(alice, why_not(host));
    BOOST_TEST(alice->uid == 1001U);
    BOOST_TEST(alice->gecos == "Alice Example,,,");
    BOOST_TEST(alice->home == "/home/alice");
    BOOST_TEST(alice->shell == "/bin/bash");
    BOOST_TEST(alice->hash.text() == "$y$j9T$salt$hash");
    BOOST_TEST(alice->has_password());
    BOOST_TEST((alice->changed_day == 19700 && alice->expires_day == 20700));
    BOOST_TEST((alice->groups == std::vector<std::string>{"sudo", "cdrom"}));
    const auto bob = read_account(host, "bob");
    BOOST_REQUIRE(bob);
    BOOST_TEST(!bob->has_password());
    BOOST_TEST(!bob->expires_day.has_value());
}

BOOST_AUTO_TEST_CASE(what_is_told_of_an_account_is_read_back) {
    const auto alice = read_account(host, "alice").value();
    const auto told = parse_host_account(to_text(alice).text());
    BOOST_REQUIRE(told);
    BOOST_TEST((told->name == "alice" && told->uid == 1001 && told->hash.text() == alice.hash.text()));
    BOOST_TEST((told->groups == alice.groups && told->fingerprint == alice.fingerprint));
    BOOST_TEST((told->changed_day == alice.changed_day && told->expires_day == alice.expires_day));
    BOOST_TEST(!parse_host_account("alice\n0\n\n\n\n\n\n\n1\n*"));
    BOOST_TEST(!parse_host_account("alice\n1001"));
}

BOOST_AUTO_TEST_CASE(another_line_has_another_fingerprint) {
    const auto before = read_account(host, "alice")->fingerprint;
    BOOST_TEST(read_account(with(&AccountFiles::shadow, "$salt$hash:19700", "$salt$other:19701"), "alice")
                   ->fingerprint != before);
    BOOST_TEST(
        read_account(with(&AccountFiles::passwd, "/bin/bash\nbob", "/bin/sh\nbob"), "alice")->fingerprint !=
        before);
    BOOST_TEST(read_account(with(&AccountFiles::shadow, "root:*", "root:!"), "alice")->fingerprint == before);
}

BOOST_AUTO_TEST_CASE(root_and_the_systems_accounts_are_never_read) {
    for (const char* name : {"root", "games", "nobody"}) {
        const auto account = read_account(host, name);
        BOOST_REQUIRE(!account);
        BOOST_TEST((account.error().code == Errc::denied), name);
    }
    const auto twin = with(&AccountFiles::passwd, "alice:x:1001:1001", "alice:x:0:0");
    BOOST_TEST((read_account(twin, "alice").error().code == Errc::denied));
    BOOST_TEST((read_account(host, "dora").error().code == Errc::no_such_user));
}

BOOST_AUTO_TEST_CASE(an_account_that_is_entangled_with_others_is_left_to_a_person) {
    const struct {
        std::string AccountFiles::*file;
        const char *from, *to, *why;
    } cases[] = {
        {&AccountFiles::passwd, "alice:x:1001:1001", "alice:x:1001:100", "primary group is 100"},
        {&AccountFiles::passwd, "bob:x:1002", "bob:x:1001", "bob has the uid 1001 too"},
        {&AccountFiles::passwd, "bob:x:1002:1002", "bob:x:1002:1001", "primary group of bob too"},
        {&AccountFiles::passwd, "bob:x:", "alice:x:", "more than once"},
        {&AccountFiles::passwd, "alice:x:", "alice:$6$old$hash:", "not kept in /etc/shadow"},
        {&AccountFiles::shadow, "alice:$y$j9T$salt$hash", "alice:", "empty password"},
        {&AccountFiles::group, "alice:x:1001:", "alice:x:1001:bob", "bob is in its group"},
        {&AccountFiles::group, "alice:x:1001:", "alice:x:1005:", "the group alice has the gid 1005"},
        {&AccountFiles::group, "alice:x:1001:", "team:x:1001:", "the group team has the gid 1001"},
    };
    for (const auto& one : cases) {
        const auto told = why_not(with(one.file, one.from, one.to));
        BOOST_TEST(told.find(one.why) != std::string::npos, one.why << ": " << told);
    }
    BOOST_TEST(why_not(with(&AccountFiles::group, "alice:x:1001:\n", "")).empty());  // no group is fine
    BOOST_TEST(why_not(with(&AccountFiles::group, "alice:x:1001:", "alice:x:1001:alice")).empty());
}

BOOST_AUTO_TEST_CASE(administrators_are_those_with_a_password_in_a_group_of_roots) {
    BOOST_TEST((administrators(host) == std::vector<std::string>{"alice"}));
    const auto both = with(&AccountFiles::group, "carol,alice", "bob,alice,games");
    BOOST_TEST((administrators(both) == std::vector<std::string>{"alice"}));  // locked ones are none
}

BOOST_AUTO_TEST_CASE(lines_are_taken_out_and_put_back_to_the_byte) {
    auto files = host;
    const auto taken = take_lines(files, "alice", {"sudo"});
    BOOST_TEST(taken.passwd.starts_with("alice:x:1001:1001:"));
    BOOST_TEST((taken.member_of == std::vector<std::string>{"sudo"}));
    BOOST_TEST(files.passwd.find("alice") == std::string::npos);
    BOOST_TEST(files.shadow.find("alice") == std::string::npos);
    BOOST_TEST(files.group == "root:x:0:\nsudo:x:27:carol\ncdrom:x:24:alice\nbob:x:1002:\n");
    BOOST_TEST(files.gshadow == "root:*::\nsudo:*::carol\ncdrom:*::alice\nbob:!::\n");
    const auto kept = parse_account_lines(to_text(taken));
    BOOST_REQUIRE(kept);
    BOOST_REQUIRE(put_lines(files, *kept));
    BOOST_TEST(read_account(files, "alice")->fingerprint == read_account(host, "alice")->fingerprint);
    BOOST_TEST((read_account(files, "alice")->groups == std::vector<std::string>{"sudo", "cdrom"}));
    const auto once = whole(files);
    BOOST_REQUIRE(put_lines(files, *kept));
    BOOST_TEST(whole(files) == once);  // again: nothing to do
}

BOOST_AUTO_TEST_CASE(half_taken_lines_are_finished_but_a_strangers_stay) {
    auto files = host;
    auto known = take_lines(files, "alice", {"sudo"});
    files = host;
    files.passwd =
        with(&AccountFiles::passwd, "alice:x:1001:1001:Alice Example,,,:/home/alice:/bin/bash\n", "").passwd;
    take_lines(files, "alice", known.member_of, &known);
    BOOST_TEST(files.shadow.find("alice") == std::string::npos);
    files = with(&AccountFiles::shadow, "$salt$hash:19700", "$salt$another:19700");
    take_lines(files, "alice", {}, &known);
    BOOST_TEST(files.shadow.find("alice:$y$j9T$salt$another") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(lines_do_not_come_back_over_somebody_else) {
    auto files = host;
    const auto taken = take_lines(files, "alice", {});
    auto other = files;
    other.passwd += "carol:x:1001:1001::/home/carol:/bin/sh\n";
    BOOST_TEST((put_lines(other, taken).error().code == Errc::exists));
    other = files;
    other.passwd += "alice:x:1007:1007::/home/alice:/bin/sh\n";
    BOOST_TEST((put_lines(other, taken).error().code == Errc::exists));
    other = files;
    other.group += "team:x:1001:\n";
    BOOST_TEST((put_lines(other, taken).error().code == Errc::exists));
}

BOOST_AUTO_TEST_CASE(lines_come_back_before_those_of_nis_and_after_a_missing_newline) {
    auto files = host;
    const auto taken = take_lines(files, "alice", {});
    files.passwd += "+::::::";
    files.group.pop_back();
    BOOST_REQUIRE(put_lines(files, taken));
    BOOST_TEST(files.passwd.find("alice") < files.passwd.find("+::::::"));
    BOOST_TEST(files.group.ends_with("bob:x:1002:\nalice:x:1001:\n"));
}

BOOST_AUTO_TEST_CASE(kept_lines_that_were_cut_off_are_not_believed) {
    auto files = host;
    const auto text = to_text(take_lines(files, "alice", {"sudo"}));
    for (std::size_t size = 0; size < text.size() - 4; size += 7)
        BOOST_TEST(!parse_account_lines(text.substr(0, size)));
}

BOOST_AUTO_TEST_SUITE_END()
