// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/directory/host_files.h"

#include <sys/stat.h>

#include "tests/unit/directory/support.h"

using namespace userd;
using namespace userd::test;

BOOST_AUTO_TEST_SUITE(host_files)

BOOST_AUTO_TEST_CASE(no_files_at_all_are_an_empty_host) {
    const HostRoot root;
    HostFiles host(root.path());
    must(host.read());
    BOOST_TEST(host.users().empty());
    BOOST_TEST(!host.use_of_id(100000).has_value());
    BOOST_TEST(!host.use_of_name("alice").has_value());
}

BOOST_AUTO_TEST_CASE(numbers_tell_the_line_that_uses_them) {
    const HostRoot root;
    root.write("etc/passwd",
               "root:x:0:0::/:\n\n# a comment\nbob:x:70001:70002:::\nbad:x:no:1:::\nlast:x:70009:5");
    root.write("etc/group", "web:x:70003:bob,carla\n");
    root.write("etc/subuid", "bob:100000:65536\n");
    root.write("etc/subgid", "carla:200000:10\n");
    HostFiles host(root.path());
    must(host.read());
    BOOST_TEST(host.use_of_id(70001).value().where == "/etc/passwd:4 (bob)");
    BOOST_TEST(host.use_of_id(70002).value().where == "/etc/passwd:4 (group of bob)");
    BOOST_TEST(host.use_of_id(70003).value().where == "/etc/group:1 (group web)");
    BOOST_TEST(host.use_of_id(70009).value().where == "/etc/passwd:6 (last)");
    BOOST_TEST(host.use_of_id(165535).value().next == 165536U);
    BOOST_TEST(!host.use_of_id(165536).has_value());
    BOOST_TEST(host.use_of_id(200009).has_value());
    BOOST_TEST(!host.use_of_id(70004).has_value());
}

BOOST_AUTO_TEST_CASE(names_are_used_by_accounts_groups_members_and_subordinate_ids) {
    const HostRoot root;
    root.write("etc/passwd", "bob:x:1000:1000:::\n");
    root.write("etc/group", "web:x:33:carla, dora\n");
    root.write("etc/subuid", "erin:100000:65536\n");
    root.write("var/mail/frank", "");
    root.write("var/spool/cron/crontabs/gina", "");
    HostFiles host(root.path());
    must(host.read());
    for (const char* name : {"bob", "web", "carla", "dora", "erin", "frank", "gina"})
        BOOST_TEST(host.use_of_name(name).has_value(), name);
    BOOST_TEST(!host.use_of_name("alice").has_value());
}

BOOST_AUTO_TEST_CASE(ranges_that_useradd_may_hand_out_are_used) {
    const HostRoot root;
    root.write("etc/login.defs",
               "# SUB_UID_MIN 5\nSUB_UID_MIN\t 300000\nSUB_UID_MAX 400000\nSUB_GID_COUNT 0\n");
    HostFiles host(root.path());
    must(host.read());
    BOOST_TEST(host.use_of_id(300000).has_value());
    BOOST_TEST(host.use_of_id(400000).has_value());
    BOOST_TEST(!host.use_of_id(400001).has_value());
    BOOST_TEST(!host.use_of_id(100000).has_value());
    root.write("etc/login.defs", "UMASK 022\n");
    must(host.read());
    BOOST_TEST(host.use_of_id(100000).has_value());
}

BOOST_AUTO_TEST_CASE(a_local_group_needs_its_line_and_its_number) {
    const HostRoot root;
    root.write("etc/group", "root:x:0:\nsudo:x:27:\nadm:x:4:\ndisk:x:6:\n");
    root.write("etc/userd/local-groups", "# by root\nroot:0\nsudo:27\nadm:5\nghost:9\n");
    HostFiles host(root.path());
    must(host.read());
    BOOST_TEST(host.local_group("sudo").value() == 27U);
    for (const char* name : {"root", "adm", "disk", "ghost"}) BOOST_TEST(!host.local_group(name).has_value());
    ::chmod((root.path() + "/etc/userd/local-groups").c_str(), 0666);
    must(host.read());
    BOOST_TEST(!host.local_group("sudo").has_value());
}

BOOST_AUTO_TEST_CASE(a_written_or_replaced_file_shows) {
    const HostRoot root;
    root.write("etc/passwd", "bob:x:1000:1000:::\n");
    HostFiles host(root.path());
    BOOST_TEST(host.changed());
    must(host.read());
    BOOST_TEST(!host.changed());
    root.write("etc/passwd", "bob:x:1000:1000:::\ncarla:x:1001:1001:::\n");
    BOOST_TEST(host.changed());
    must(host.read());
    root.write("etc/subgid", "");
    BOOST_TEST(host.changed());
}

BOOST_AUTO_TEST_SUITE_END()
