// SPDX-License-Identifier: LGPL-2.1-or-later
#include <boost/test/unit_test.hpp>

#include "daemon/store/adoptions.h"
#include "daemon/store/retired.h"
#include "tests/unit/directory/support.h"

using namespace userd;
using namespace userd::test;

namespace {

// The host's own bob, uid 1000, is the one who is adopted.
struct Fixture : DirectoryFixture {
    Fixture() { must(directory.refresh_host_files()); }

    static HostAccount bob() {
        HostAccount account;
        account.name = "bob";
        account.uid = 1000;
        account.gecos = "Bob Example,Room 7,,";
        account.home = "/home/bob";
        account.shell = "/bin/bash";
        account.hash = Secret(std::string_view("$y$j9T$salt$hash"));
        return account;
    }
    Result<Outcome> adopt(const HostAccount& account = bob(), const ChangeOptions& options = {}) {
        return directory.adopt_user(root, account, options, [this](const User&) -> Result<void> {
            ++credentials_stored;
            return {};
        });
    }
    std::string why_not(const HostAccount& account) {
        const auto adopted = adopt(account);
        return adopted ? "" : adopted.error().message;
    }
    bool is_withdrawn() { return must(directory.get_user("bob")).collides; }
    void let_go() {
        host.write("etc/passwd", "root:x:0:0:root:/root:/bin/bash\n");
        host.write("etc/group", "root:x:0:\nsudo:x:27:carla\nadm:x:4:\n");
        must(directory.refresh_host_files());
    }

    int credentials_stored = 0;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(adopt_user, Fixture)

BOOST_AUTO_TEST_CASE(an_account_comes_with_its_numbers_and_what_is_known_of_it) {
    auto account = bob();
    account.expires_day = 20700;
    account.groups = {"sudo", "cdrom"};
    const auto record = must(adopt(account)).record;
    const auto user = must(directory.get_user("bob"));
    BOOST_TEST((user.uid == 1000 && user.gid == 1000 && user.state == UserState::active));
    BOOST_TEST(user.display_name == "Bob Example");
    BOOST_TEST((user.home == "/home/bob" && user.shell == "/bin/bash"));
    BOOST_TEST((user.expires == Time(std::chrono::days(20700))));
    BOOST_TEST(list_of(record, "local_groups") == "sudo");  // cdrom stays the host's
    BOOST_TEST(credentials_stored == 1);
    BOOST_TEST(trail().front().action == "user.adopt");
}

BOOST_AUTO_TEST_CASE(own_lines_are_no_collision_while_an_account_is_adopted) {
    must(adopt());
    must(directory.refresh_host_files());
    BOOST_TEST(!is_withdrawn());
    let_go();
    BOOST_TEST(!is_withdrawn());
    must(directory.end_adoption(root, id_of("bob")));
    host.write("etc/passwd", "root:x:0:0:root:/root:/bin/bash\nbob:x:1000:1000::/home/bob:/bin/sh\n");
    must(directory.refresh_host_files());
    BOOST_TEST(is_withdrawn());  // from then on they are a stranger's
}

BOOST_AUTO_TEST_CASE(a_strangers_lines_are_one_all_the_same) {
    must(adopt());
    host.write("etc/passwd", "root:x:0:0:root:/root:/bin/bash\nmallory:x:1000:1000::/home/m:/bin/bash\n");
    must(directory.refresh_host_files());
    BOOST_TEST(is_withdrawn());
}

BOOST_AUTO_TEST_CASE(to_begin_again_takes_the_password_of_today_and_makes_no_second_user) {
    must(adopt());
    const auto id = id_of("bob");
    BOOST_TEST(must(adopt()).changed);
    BOOST_TEST((id_of("bob") == id));
    BOOST_TEST(credentials_stored == 2);
    let_go();
    must(directory.end_adoption(root, id));
    BOOST_TEST((directory.adopt_user(root, bob(), {}, {}).error().code == Errc::exists));
}

BOOST_AUTO_TEST_CASE(what_goes_back_may_come_again_and_a_deleted_one_may_not) {
    must(adopt());
    let_go();
    must(directory.end_adoption(root, id_of("bob")));
    must(directory.begin_return(root, id_of("bob"), {}));
    host.write("etc/passwd", "root:x:0:0:root:/root:/bin/bash\nbob:x:1000:1000::/home/bob:/bin/sh\n");
    must(directory.refresh_host_files());
    BOOST_TEST(!is_withdrawn());
    must(directory.end_return(root, id_of("bob")));
    BOOST_TEST((directory.get_user("bob").error().code == Errc::no_such_user));
    BOOST_TEST(events.back().change == "deleted");  // for those who look it up
    must(adopt());
    let_go();
    must(directory.end_adoption(root, id_of("bob")));
    must(directory.suspend_user(root, id_of("bob"), "", {}, {}));
    must(directory.delete_user(root, id_of("bob"), {}));
    BOOST_TEST(why_not(bob()).find("held back") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(who_was_not_adopted_or_is_suspended_does_not_go_back) {
    create("alice");
    BOOST_TEST((directory.begin_return(root, id_of("alice"), {}).error().code == Errc::policy_violation));
    BOOST_TEST((directory.end_return(root, id_of("alice")).error().code == Errc::policy_violation));
    must(adopt());
    let_go();
    must(directory.end_adoption(root, id_of("bob")));
    BOOST_TEST((directory.end_return(root, id_of("bob")).error().code == Errc::policy_violation));
    must(directory.suspend_user(root, id_of("bob"), "", {}, {}));
    BOOST_TEST((directory.begin_return(root, id_of("bob"), {}).error().code == Errc::policy_violation));
}

BOOST_AUTO_TEST_CASE(names_numbers_and_groups_that_cannot_be_ours_are_refused) {
    auto account = bob();
    account.groups = {"docker"};
    BOOST_TEST(why_not(account).find("docker, which makes it root") != std::string::npos);
    account = bob();
    account.uid = 60000;
    BOOST_TEST(why_not(account).find("ids.accept") != std::string::npos);
    account = bob();
    account.name = "Bob";
    BOOST_TEST(why_not(account).find("it must match") != std::string::npos);
    create("carol");
    account = bob();
    account.name = "carol";
    BOOST_TEST(why_not(account).find("userd has a user of that name") != std::string::npos);
    account = bob();
    account.home = "home";
    BOOST_TEST(why_not(account) != "");
    BOOST_TEST(credentials_stored == 0);
}

BOOST_AUTO_TEST_CASE(a_dry_run_records_nothing) {
    must(adopt(bob(), {.dry_run = true}));
    BOOST_TEST((directory.get_user("bob").error().code == Errc::no_such_user));
    BOOST_TEST(must(directory.adopted_users()).empty());
}

BOOST_AUTO_TEST_SUITE_END()
