// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/confinement.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "common/base/ssh_files.h"
#include "tests/unit/login/support.h"

using namespace userd;
using namespace userd::test;
using wire::Phase;
using wire::Verdict;

namespace {

const std::string drop_in = "Match Group customers\n    ChrootDirectory %h\n";

// A host whose sshd was set up for a group.
struct Host {
    Host() {
        put(ssh_files::drop_in, drop_in);
        put(ssh_files::confined, "customers\n" + drop_in);
    }
    void put(const char* path, const std::string& text) {
        std::filesystem::create_directories(std::filesystem::path(folder.path() + path).parent_path());
        std::ofstream(folder.path() + path) << text;
        chmod((folder.path() + path).c_str(), 0644);
    }
    std::string group() const { return confined_group(folder.path()); }

    TemporaryFolder folder;
};

Verdict account(World& world, const char* service = "sshd") {
    return verdict_of(world, start_of(Phase::account, "bob", service), {});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(confinement)

BOOST_AUTO_TEST_CASE(the_group_that_sshd_was_set_up_for) {
    Host host;
    BOOST_TEST(host.group() == "customers");
}

BOOST_AUTO_TEST_CASE(without_a_record_nobody_is_confined) {
    Host host;
    std::filesystem::remove(host.folder.path() + ssh_files::confined);
    BOOST_TEST(host.group() == "");
    for (const char* text : {"", "customers", "\n"}) {
        host.put(ssh_files::confined, text);
        BOOST_TEST(host.group() == "", text);
    }
}

BOOST_AUTO_TEST_CASE(a_drop_in_that_was_changed_or_taken_away_confines_nobody) {
    Host host;
    host.put(ssh_files::drop_in, drop_in + "    ForceCommand none\n");
    BOOST_TEST(host.group() == "");
    host.put(ssh_files::drop_in, drop_in.substr(0, drop_in.size() - 1));
    BOOST_TEST(host.group() == "");
    std::filesystem::remove(host.folder.path() + ssh_files::drop_in);
    BOOST_TEST(host.group() == "");
}

BOOST_AUTO_TEST_CASE(files_that_others_may_write_are_not_believed) {
    for (const char* path : {ssh_files::drop_in, ssh_files::confined}) {
        Host host;
        chmod((host.folder.path() + path).c_str(), 0664);
        BOOST_TEST(host.group() == "", path);
        std::filesystem::remove(host.folder.path() + path);
        std::filesystem::create_symlink(host.folder.path() + "/elsewhere", host.folder.path() + path);
        host.put("/elsewhere", path == ssh_files::drop_in ? drop_in : "customers\n" + drop_in);
        BOOST_TEST(host.group() == "", path);
    }
}

BOOST_AUTO_TEST_CASE(an_sftp_account_gets_in_through_sshd_alone_and_as_a_member_alone) {
    Host host;
    World world;
    world.login.use_host(host.folder.path());
    world.change_user(bob, [](User& user) { user.kind = UserKind::sftp; });
    BOOST_TEST(account(world) == Verdict::perm_denied);
    BOOST_TEST(world.last_reason() == "not-confined");
    Group customers;
    customers.id = ObjectId{77};
    customers.name = "customers";
    customers.gid = 70077;
    must(world.store->groups().insert(customers));
    must(world.store->groups().add(customers.id, bob, {}, 1));
    BOOST_TEST(account(world) == Verdict::success);
    for (const char* service : {"login", "su", "cron", "atd", "sudo"})
        BOOST_TEST(account(world, service) == Verdict::perm_denied, service);
    // A session that sshd opened brings a user manager along.
    BOOST_TEST(account(world, "systemd-user") == Verdict::success);
    host.put(ssh_files::drop_in, "");
    BOOST_TEST(account(world, "systemd-user") == Verdict::perm_denied);
    BOOST_TEST(account(world) == Verdict::perm_denied);
    BOOST_TEST(world.last_reason() == "not-confined");
}

BOOST_AUTO_TEST_SUITE_END()
