// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/check/repair.h"

#include "daemon/store/audit.h"
#include "tests/unit/check/support.h"

using namespace userd;
using namespace userd::test;

namespace {

struct Broken : Ward {
    Broken() {
        create_group("web");
        alice = create("alice",
                       {{"groups", std::vector<std::string>{"web"}}, {"expires", to_unix(clock.now()) + 60}});
        create("dora",
               {{"local_groups", std::vector<std::string>{"sudo"}}, {"shell", std::string("/bin/odd")}});
        must(credentials->add_ssh_key(
            admin, ObjectId{id_of("dora")},
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1Cr1cZyYgfFbC/8FcuI6eFYpbXxBkLJ0Ym9ecjrU3l laptop",
            {{"expires", to_unix(clock.now()) + 60}}));
        clock.advance(std::chrono::hours(1));
        write("etc/group", "root:x:0:\nsudo:x:30:\nbob:x:1000:\n");
        write("etc/userd/local-groups", "sudo:30\n");
        break_it(
            "INSERT INTO members (group_id, user_id, generation) SELECT id, 42, 1 FROM groups;"
            "INSERT INTO members (group_id, subgroup_id, generation) SELECT id, 43, 1 FROM groups;"
            "INSERT INTO passwords (user_id, hash, changed_at) VALUES (42, 'x', 0);"
            "UPDATE users SET home = '/home/elsewhere' WHERE name = 'dora'");
    }
    ObjectId alice;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(repair_, Broken)

BOOST_AUTO_TEST_CASE(what_can_be_mended_is_and_a_second_check_finds_the_rest) {
    BOOST_TEST(look().size() == 8U, found());
    std::size_t mended = 0;
    for (const auto& deed : mend()) {
        mended += deed.mended ? 1 : 0;
        BOOST_TEST(deed.mended == deed.why.empty());
    }
    BOOST_TEST(mended == 7U);
    BOOST_TEST(found() == "shell-unlisted user:dora\n");
    BOOST_TEST((must(directory->find_user(alice))->state == UserState::suspended));
}

BOOST_AUTO_TEST_CASE(a_role_loses_the_names_of_what_is_gone_and_reaches_no_further) {
    mend();
    must(directory->create_role(
        admin, "helpdesk",
        {{"grants", std::vector<std::string>{"user.read"}}, {"scope", std::vector<std::string>{"web"}}}, {}));
    break_it(
        "UPDATE role_groups SET group_id = 42;"
        "INSERT INTO role_groups SELECT id, 'scope', NULL, 'gone' FROM roles WHERE name = 'helpdesk';"
        "INSERT INTO role_excluded SELECT id, 43 FROM roles WHERE name = 'helpdesk'");
    BOOST_TEST(found() ==
               "role-scope-stale role:helpdesk\nrole-scope-stale role:helpdesk\nrole-scope-stale "
               "role:helpdesk\nshell-unlisted user:dora\n");
    mend();
    BOOST_TEST(found() == "shell-unlisted user:dora\n");
    const auto role = must(directory->get_role("helpdesk"));
    BOOST_TEST(role.scope.empty());
    BOOST_TEST(role.scoped);  // and so it reaches nobody
}

BOOST_AUTO_TEST_CASE(each_deed_is_in_the_trail_under_one_generation) {
    const auto before = directory->generation();
    mend();
    BOOST_TEST(directory->generation() == before + 1);
    std::string actions;
    for (const auto& entry : must(store->audit().list({}, 100)))
        if (entry.txn == before + 1) actions = entry.action + " " + actions;
    BOOST_TEST(actions.find("repair repair repair repair user.suspend") != std::string::npos, actions);
}

BOOST_AUTO_TEST_CASE(a_dry_run_says_the_same_and_changes_nothing) {
    const auto before = found();
    const auto generation = directory->generation();
    ChangeOptions options;
    options.dry_run = true;
    std::size_t mended = 0;
    for (const auto& deed : mend(options)) mended += deed.mended ? 1 : 0;
    BOOST_TEST(mended == 7U);
    BOOST_TEST(found() == before);
    BOOST_TEST(directory->generation() == generation);
}

BOOST_AUTO_TEST_CASE(what_was_put_right_meanwhile_is_left_alone) {
    const auto findings = look();
    must(directory->update_user(admin, alice, {{"expires", to_unix(clock.now()) + 3600}}, {}));
    must(repair({*directory, *credentials, [this] { return publisher->rebuild(); }, admin, {}}, findings));
    BOOST_TEST((must(directory->find_user(alice))->state == UserState::active));
}

BOOST_AUTO_TEST_SUITE_END()
