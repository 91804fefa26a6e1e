// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pam_module/channel.h"

#include <fcntl.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

using userd::pam::is_trusted_server;

namespace {

bool trusted(uid_t peer, uid_t owner, mode_t mode, uid_t limit = 1000) {
    struct stat folder = {};
    folder.st_uid = owner;
    folder.st_mode = mode;
    return is_trusted_server({1, peer, peer}, folder, limit);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(channel)

BOOST_AUTO_TEST_CASE(root_and_the_folders_own_system_user_are_trusted) {
    BOOST_TEST(trusted(0, 0, S_IFDIR | 0755));
    BOOST_TEST(trusted(0, 5000, S_IFDIR | 0777));
    BOOST_TEST(trusted(998, 998, S_IFDIR | 0755));
}

BOOST_AUTO_TEST_CASE(nobody_else_is_trusted) {
    BOOST_TEST(!trusted(998, 0, S_IFDIR | 0755));      // not the folder's owner
    BOOST_TEST(!trusted(998, 998, S_IFDIR | 0775));    // the group could have put the socket there
    BOOST_TEST(!trusted(998, 998, S_IFDIR | 0757));    // anybody could
    BOOST_TEST(!trusted(1000, 1000, S_IFDIR | 0755));  // a person's folder
    BOOST_TEST(!trusted(65534, 65534, S_IFDIR | 0755));
    BOOST_TEST(!trusted(static_cast<uid_t>(-1), static_cast<uid_t>(-1), S_IFDIR | 0755));
    BOOST_TEST(!trusted(998, 998, S_IFREG | 0644));
}

BOOST_AUTO_TEST_CASE(descriptors_move_above_the_standard_ones) {
    const int kept = fcntl(0, F_DUPFD_CLOEXEC, 10);
    BOOST_REQUIRE(kept >= 10);
    close(0);
    const int low = open("/dev/null", O_RDONLY | O_CLOEXEC);
    BOOST_REQUIRE(low == 0);
    const int high = userd::pam::above_standard(low);
    BOOST_TEST(high > 2);
    BOOST_TEST(fcntl(0, F_GETFD) == -1);
    BOOST_TEST((fcntl(high, F_GETFD) & FD_CLOEXEC) != 0);
    BOOST_TEST(userd::pam::above_standard(high) == high);
    BOOST_TEST(userd::pam::above_standard(-1) == -1);
    close(high);
    dup2(kept, 0);
    close(kept);
}

BOOST_AUTO_TEST_SUITE_END()
